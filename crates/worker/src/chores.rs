//! What every instance does again and again.

use std::{sync::Arc, time::Duration};

use domain::{
    messaging::DeliverMails,
    shared::{
        bus::{EventPublisher, Subscriber},
        error::StoreError,
        ports::{Clock, OutboxFeed},
    },
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Services, WorkerSettings, relay::Chain};

/// Mails dealt with in one go.
const BATCH: u32 = 100;

/// How often a bus that forgets is compared with the outbox.
const REQUEUE_POLL: Duration = Duration::from_secs(60);

/// How long an event may be on such a bus before it is taken for lost.
const LOST_AFTER: time::Duration = time::Duration::minutes(5);

/// Sends mails, and puts back what a bus without memory forgot.
pub struct Chores {
    deliver_mails: Arc<dyn DeliverMails>,
    feed: Arc<dyn OutboxFeed>,
    clock: Arc<dyn Clock>,
    /// Subscribers of a bus that forgets; empty for one that remembers.
    forgetful: Vec<Subscriber>,
    mail_poll: Duration,
}

impl Chores {
    pub(crate) fn new(services: &Services, settings: &WorkerSettings) -> Self {
        Self {
            deliver_mails: Arc::clone(&services.deliver_mails),
            feed: Arc::clone(&services.feed),
            clock: Arc::clone(&services.clock),
            forgetful: forgotten_subscribers(&*services.publisher, services),
            mail_poll: settings.mail_poll,
        }
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        report("requeue", self.requeue(self.clock.now()).await);
        let mut mail = ticker(self.mail_poll);
        let mut requeue = ticker(REQUEUE_POLL);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = mail.tick() => report("mail", self.deliver_mails().await),
                _ = requeue.tick() => {
                    report("requeue", self.requeue(self.clock.now() - LOST_AFTER).await);
                }
            }
        }
    }

    /// Sends what is due; answers how many mails were dealt with.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliver_mails(&self) -> Result<usize, StoreError> {
        let mut dealt_with = 0;
        loop {
            let batch = self.deliver_mails.execute(BATCH).await?;
            dealt_with += usize::try_from(batch).unwrap_or(usize::MAX);
            if batch < BATCH {
                return Ok(dealt_with);
            }
        }
    }

    /// Puts back events published before `before` that a bus without memory has lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn requeue(&self, before: time::OffsetDateTime) -> Result<usize, StoreError> {
        let mut total = 0_u64;
        for subscriber in &self.forgetful {
            total +=
                self.feed.requeue_unhandled(subscriber.consumer, subscriber.events, before).await?;
        }
        Ok(usize::try_from(total).unwrap_or(usize::MAX))
    }
}

fn forgotten_subscribers(publisher: &dyn EventPublisher, services: &Services) -> Vec<Subscriber> {
    if publisher.is_durable() {
        return Vec::new();
    }
    services.handlers.iter().map(|handler| handler.subscriber()).collect()
}

fn ticker(every: Duration) -> tokio::time::Interval {
    let mut ticker = interval(every);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

fn report(chore: &'static str, outcome: Result<usize, StoreError>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(chore, count, "done"),
        Err(error) => tracing::warn!(chore, error = %Chain(&error), "not done now"),
    }
}
