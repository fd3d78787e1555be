//! From the outbox to the bus.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::shared::{
    bus::{BusError, EventPublisher},
    error::StoreError,
    event::{EventEnvelope, EventId},
    id::RawId,
    ports::{Clock, OutboxFeed},
};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{Services, WorkerSettings, counted::RelayCounts, trace::OnTheirWay};

/// How long a claimed event is left to this relay; longer than publishing and storing may take.
const CLAIM: time::Duration = time::Duration::seconds(30);

/// From the begin of a batch that was not full to the next one: a busy store pays for a few large
/// batches instead of many small ones.
const GATHER: Duration = Duration::from_millis(25);

/// How often the outbox of a store that was busy a moment ago is looked at: the processes that
/// write it do not tell this one.
const LIVELY_POLL: Duration = Duration::from_millis(10);

/// How long after its last event a store is busy.
const LIVELY: Duration = Duration::from_secs(2);

/// The longest pause after failures in a row.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Publishes what was committed, in order for each aggregate, at least once.
pub struct Relay {
    feed: Arc<dyn OutboxFeed>,
    publisher: Arc<dyn EventPublisher>,
    clock: Arc<dyn Clock>,
    batch: u32,
    publish_timeout: Duration,
    poll: Duration,
    counts: RelayCounts,
}

impl Relay {
    pub(crate) fn new(services: &Services, settings: &WorkerSettings) -> Self {
        Self {
            feed: Arc::clone(&services.feed),
            publisher: Arc::clone(&services.publisher),
            clock: Arc::clone(&services.clock),
            batch: settings.relay_batch,
            publish_timeout: settings.publish_timeout,
            poll: settings.relay_poll,
            counts: RelayCounts::new(),
        }
    }

    /// Publishes one batch; answers how many events the bus took. What it did not take is put
    /// back.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read or marked; claims then lapse by themselves.
    pub async fn tick(&self) -> Result<usize, StoreError> {
        self.relay().await.map(|relayed| relayed.taken)
    }

    async fn relay(&self) -> Result<Relayed, StoreError> {
        let now = self.clock.now();
        let deadline = Instant::now() + self.publish_timeout;
        let mut waiting = self.feed.claim(self.batch, now, now + CLAIM).await?;
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        let mut stuck: HashSet<RawId> = HashSet::new();
        let mut reasons: HashMap<String, (EventId, usize)> = HashMap::new();
        // One event of each aggregate a round: a later one leaves only after an earlier one was
        // confirmed, so the order of an aggregate's events survives a failure between them.
        while !waiting.is_empty() {
            let (round, rest) = first_of_each(waiting);
            waiting = rest;
            let (round, behind): (Vec<_>, Vec<_>) =
                round.into_iter().partition(|event| !stuck.contains(&event.aggregate_id));
            for event in behind {
                self.counts.held_back();
                refused.push(event.seq);
            }
            let answers = {
                let _on_their_way = OnTheirWay::begin(&round);
                self.publish(&round, deadline).await
            };
            let now = self.clock.now();
            for (event, answer) in round.iter().zip(answers) {
                match answer {
                    Ok(()) => {
                        self.counts.published(event.occurred_at, now);
                        taken.push(event.seq);
                    }
                    Err(error) => {
                        self.counts.failed(&error);
                        let reason = Chain(&error).to_string();
                        tracing::debug!(event = %event.id, reason, "not published");
                        stuck.insert(event.aggregate_id);
                        refused.push(event.seq);
                        reasons.entry(reason).or_insert((event.id, 0)).1 += 1;
                    }
                }
            }
        }
        // A broker that is away refuses all of a batch for one reason: one line tells it.
        for (reason, (event, count)) in reasons {
            tracing::warn!(%event, count, error = reason, "not published");
        }
        if !taken.is_empty() {
            self.feed.mark_published(&taken, self.clock.now()).await?;
        }
        if !refused.is_empty() {
            self.feed.release(&refused).await?;
        }
        Ok(Relayed { taken: taken.len(), refused: refused.len() })
    }

    /// What the bus did not answer for in time it may have taken: it will have it twice.
    async fn publish(
        &self,
        events: &[EventEnvelope],
        deadline: Instant,
    ) -> Vec<Result<(), BusError>> {
        if Instant::now() < deadline
            && let Ok(answers) = timeout_at(deadline, self.publisher.publish(events)).await
        {
            return answers;
        }
        let late = |_| Err(BusError::NotConfirmed("the bus took too long".to_owned()));
        events.iter().map(late).collect()
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        let (mut pause, mut lively_until) = (Duration::ZERO, Instant::now());
        while !stop.is_cancelled() {
            let began = Instant::now();
            match self.relay().await {
                Ok(Relayed { taken: 0, refused: 0 }) => pause = Duration::ZERO,
                Ok(Relayed { taken: 0, .. }) => pause = longer(pause),
                // There may be more.
                Ok(Relayed { taken, .. }) => {
                    pause = Duration::ZERO;
                    lively_until = Instant::now() + LIVELY;
                    if usize::try_from(self.batch).is_ok_and(|batch| taken < batch) {
                        tokio::select! {
                            () = stop.cancelled() => {}
                            () = sleep_until(began + GATHER) => {}
                        }
                    }
                    continue;
                }
                Err(error) => {
                    pause = longer(pause);
                    tracing::warn!(error = %Chain(&error), "the outbox cannot be relayed now");
                }
            }
            let is_lively = Instant::now() < lively_until;
            let poll = if is_lively { self.poll.min(LIVELY_POLL) } else { self.poll };
            let rest = async {
                sleep(pause).await;
                // A timeout is the polling behind the wake-up.
                drop(timeout(poll, self.feed.changed()).await);
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = rest => {}
            }
        }
    }
}

/// What became of one batch.
struct Relayed {
    taken: usize,
    refused: usize,
}

/// The pause after one more failure.
fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(Duration::from_millis(100), MAX_PAUSE)
}

/// Splits off the first event of each aggregate, keeping the order of both parts.
fn first_of_each(events: Vec<EventEnvelope>) -> (Vec<EventEnvelope>, Vec<EventEnvelope>) {
    let mut seen = HashSet::new();
    events.into_iter().partition(|event| seen.insert(event.aggregate_id))
}

/// An error with its causes, on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
