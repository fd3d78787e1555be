//! From the outbox to the bus.

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::shared::{
    bus::EventPublisher,
    error::StoreError,
    event::EventEnvelope,
    id::RawId,
    ports::{Clock, OutboxFeed},
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{Services, WorkerSettings, counted::RelayCounts, trace::OnTheirWay};

/// How long a claimed event is left to this relay; longer than the bus may take to confirm.
const CLAIM: time::Duration = time::Duration::seconds(30);

/// How long more events are waited for after a batch that was not full, so that a busy store
/// pays for a few large batches instead of many small ones.
const GATHER: Duration = Duration::from_millis(25);

/// The longest pause after failures in a row.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Publishes what was committed, in order for each aggregate, at least once.
pub struct Relay {
    feed: Arc<dyn OutboxFeed>,
    publisher: Arc<dyn EventPublisher>,
    clock: Arc<dyn Clock>,
    batch: u32,
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
        let now = self.clock.now();
        let mut waiting = self.feed.claim(self.batch, now, now + CLAIM).await?;
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        let mut stuck: HashSet<RawId> = HashSet::new();
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
                self.publisher.publish(&round).await
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
                        tracing::warn!(event = %event.id, error = %Chain(&error), "not published");
                        stuck.insert(event.aggregate_id);
                        refused.push(event.seq);
                    }
                }
            }
        }
        if !taken.is_empty() {
            self.feed.mark_published(&taken, self.clock.now()).await?;
        }
        if !refused.is_empty() {
            self.feed.release(&refused).await?;
        }
        Ok(taken.len())
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut pause = Duration::ZERO;
        while !stop.is_cancelled() {
            match self.tick().await {
                Ok(0) => pause = Duration::ZERO,
                // There may be more.
                Ok(published) => {
                    pause = Duration::ZERO;
                    if usize::try_from(self.batch).is_ok_and(|batch| published < batch) {
                        tokio::select! {
                            () = stop.cancelled() => {}
                            () = sleep(GATHER) => {}
                        }
                    }
                    continue;
                }
                Err(error) => {
                    pause = (pause * 2).clamp(Duration::from_millis(100), MAX_PAUSE);
                    tracing::warn!(error = %Chain(&error), "the outbox cannot be relayed now");
                }
            }
            let rest = async {
                sleep(pause).await;
                // A timeout is the polling behind the wake-up.
                drop(timeout(self.poll, self.feed.changed()).await);
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = rest => {}
            }
        }
    }
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
