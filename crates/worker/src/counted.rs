//! What is counted of the worker's own work.

use std::{sync::Arc, time::Duration};

use domain::{
    messaging::DeadLetters,
    shared::{
        bus::BusError,
        error::StoreError,
        ports::{Clock, OutboxFeed},
    },
};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Services, relay::Chain};

/// How often it is looked at what waits.
const LOOK: Duration = Duration::from_secs(10);

/// Time from `then` to `now`, in seconds.
fn seconds(then: OffsetDateTime, now: OffsetDateTime) -> f64 {
    (now - then).as_seconds_f64().max(0.0)
}

/// Unix time.
fn unix(at: OffsetDateTime) -> f64 {
    (at - OffsetDateTime::UNIX_EPOCH).as_seconds_f64()
}

/// Of the relay.
pub(crate) struct RelayCounts {
    published: Counter,
    not_confirmed: Counter,
    unavailable: Counter,
    held_back: Counter,
    lag: Histogram,
}

impl RelayCounts {
    pub(crate) fn new() -> Self {
        let with = |outcome| counter!("kontor_relay_events_total", "outcome" => outcome);
        Self {
            published: with("published"),
            not_confirmed: with("not_confirmed"),
            unavailable: with("unavailable"),
            held_back: with("held_back"),
            lag: histogram!("kontor_relay_lag_seconds"),
        }
    }

    /// The bus has taken an event that happened `then`.
    pub(crate) fn published(&self, then: OffsetDateTime, now: OffsetDateTime) {
        self.published.increment(1);
        self.lag.record(seconds(then, now));
    }

    pub(crate) fn failed(&self, error: &BusError) {
        match error {
            BusError::NotConfirmed(_) => self.not_confirmed.increment(1),
            BusError::Unavailable(_) => self.unavailable.increment(1),
        }
    }

    pub(crate) fn held_back(&self) {
        self.held_back.increment(1);
    }
}

/// Of one consumer.
pub(crate) struct ConsumerCounts {
    handled: Counter,
    retried: Counter,
    dead_lettered: Counter,
    not_settled: Counter,
    took: Histogram,
    lag: Histogram,
}

impl ConsumerCounts {
    pub(crate) fn new(consumer: &'static str) -> Self {
        let with = |outcome| counter!("kontor_messages_total", "consumer" => consumer, "outcome" => outcome);
        Self {
            handled: with("handled"),
            retried: with("retried"),
            dead_lettered: with("dead_lettered"),
            not_settled: with("not_settled"),
            took: histogram!("kontor_message_duration_seconds", "consumer" => consumer),
            lag: histogram!("kontor_message_lag_seconds", "consumer" => consumer),
        }
    }

    /// The handler has come to an end, whichever.
    pub(crate) fn took(&self, took: Duration) {
        self.took.record(took);
    }

    /// It has handled an event that happened `then`.
    pub(crate) fn handled(&self, then: OffsetDateTime, now: OffsetDateTime) {
        self.handled.increment(1);
        self.lag.record(seconds(then, now));
    }

    pub(crate) fn retried(&self) {
        self.retried.increment(1);
    }

    pub(crate) fn dead_lettered(&self) {
        self.dead_lettered.increment(1);
    }

    pub(crate) fn not_settled(&self) {
        self.not_settled.increment(1);
    }
}

/// Of one job.
pub(crate) struct JobCounts {
    done: Counter,
    failed: Counter,
    panicked: Counter,
    cut_off: Counter,
    not_run: Counter,
    took: Histogram,
    last_done: Gauge,
}

/// How a run came to its end.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Done,
    Failed,
    Panicked,
    CutOff,
    Skipped,
}

impl JobCounts {
    pub(crate) fn new(job: &'static str) -> Self {
        let with = |outcome| counter!("kontor_job_runs_total", "name" => job, "outcome" => outcome);
        Self {
            done: with("done"),
            failed: with("failed"),
            panicked: with("panicked"),
            cut_off: with("cut_off"),
            not_run: with("not_run"),
            took: histogram!("kontor_job_duration_seconds", "name" => job),
            last_done: gauge!("kontor_job_last_done_timestamp_seconds", "name" => job),
        }
    }

    pub(crate) fn ended(&self, run: Run, took: Duration, now: OffsetDateTime) {
        let counter = match run {
            Run::Done => {
                self.last_done.set(unix(now));
                &self.done
            }
            Run::Failed => &self.failed,
            Run::Panicked => &self.panicked,
            Run::CutOff => &self.cut_off,
            Run::Skipped => &self.not_run,
        };
        counter.increment(1);
        self.took.record(took);
    }
}

/// Looks at what waits, again and again.
pub(crate) struct Backlogs {
    feed: Arc<dyn OutboxFeed>,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
    waiting: Gauge,
    oldest: Gauge,
    dead: Gauge,
    seen: Gauge,
}

impl Backlogs {
    pub(crate) fn new(services: &Services) -> Self {
        Self {
            feed: Arc::clone(&services.feed),
            dead_letters: Arc::clone(&services.dead_letters),
            clock: Arc::clone(&services.clock),
            waiting: gauge!("kontor_outbox_waiting_events"),
            oldest: gauge!("kontor_outbox_oldest_age_seconds"),
            dead: gauge!("kontor_dead_letters"),
            seen: gauge!("kontor_backlog_last_seen_timestamp_seconds"),
        }
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticker = interval(LOOK);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticker.tick() => {
                    // The gauges keep what they last said, and `seen` says when that was.
                    if let Err(error) = self.look().await {
                        tracing::debug!(error = %Chain(&error), "what waits cannot be counted now");
                    }
                }
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let backlog = self.feed.backlog().await?;
        let dead = self.dead_letters.count().await?;
        let now = self.clock.now();
        self.waiting.set(number(backlog.waiting));
        self.oldest.set(backlog.oldest.map_or(0.0, |oldest| seconds(oldest, now)));
        self.dead.set(number(dead));
        self.seen.set(unix(now));
        Ok(())
    }
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
