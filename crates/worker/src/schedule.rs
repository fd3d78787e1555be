//! What is due by the clock.

use std::{sync::Arc, time::Duration};

use domain::{
    identity::CleanUpSessions,
    messaging::DeliverMails,
    ordering::ExpireOrders,
    shared::{
        bus::{EventPublisher, Subscriber},
        error::StoreError,
        ports::{Clock, OutboxFeed},
    },
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Services, WorkerSettings, relay::Chain};

/// Mails and orders dealt with in one go.
const BATCH: u32 = 100;

/// How often a bus that forgets is compared with the outbox.
const REQUEUE_POLL: Duration = Duration::from_secs(60);

/// How often sessions that are over are looked for.
const CLEAN_UP_POLL: Duration = Duration::from_secs(10 * 60);

/// Sessions removed in one go.
const CLEAN_UP_BATCH: u32 = 1_000;

/// How long an event may be on such a bus before it is taken for lost.
const LOST_AFTER: time::Duration = time::Duration::minutes(5);

/// Sends mails, ends orders nobody paid, and puts back what a bus without memory forgot.
pub struct Jobs {
    deliver_mails: Arc<dyn DeliverMails>,
    expire_orders: Arc<dyn ExpireOrders>,
    clean_up_sessions: Arc<dyn CleanUpSessions>,
    feed: Arc<dyn OutboxFeed>,
    clock: Arc<dyn Clock>,
    /// Subscribers of a bus that forgets; empty for one that remembers.
    forgetful: Vec<Subscriber>,
    mail_poll: Duration,
    expiry_poll: Duration,
    keep_ended_sessions: Duration,
}

impl Jobs {
    pub(crate) fn new(services: &Services, settings: &WorkerSettings) -> Self {
        Self {
            deliver_mails: Arc::clone(&services.deliver_mails),
            expire_orders: Arc::clone(&services.expire_orders),
            clean_up_sessions: Arc::clone(&services.clean_up_sessions),
            feed: Arc::clone(&services.feed),
            clock: Arc::clone(&services.clock),
            forgetful: forgotten_subscribers(&*services.publisher, services),
            mail_poll: settings.mail_poll,
            expiry_poll: settings.expiry_poll,
            keep_ended_sessions: settings.keep_ended_sessions,
        }
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        report("requeue", self.requeue(self.clock.now()).await);
        let mut mail = ticker(self.mail_poll);
        let mut expiry = ticker(self.expiry_poll);
        let mut requeue = ticker(REQUEUE_POLL);
        let mut clean_up = ticker(CLEAN_UP_POLL);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = mail.tick() => report("mail", self.deliver_mails().await),
                _ = expiry.tick() => report("expiry", self.expire_orders().await),
                _ = clean_up.tick() => report("sessions", self.clean_up_sessions().await),
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

    /// Ends what is due; answers how many orders were ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expire_orders(&self) -> Result<usize, StoreError> {
        let expired = self.expire_orders.execute(BATCH).await?;
        Ok(usize::try_from(expired).unwrap_or(usize::MAX))
    }

    /// Removes sessions that are over for long; answers how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clean_up_sessions(&self) -> Result<usize, StoreError> {
        let removed = self.clean_up_sessions.execute(self.keep_ended_sessions, CLEAN_UP_BATCH);
        Ok(usize::try_from(removed.await?).unwrap_or(usize::MAX))
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

fn report(job: &'static str, outcome: Result<usize, StoreError>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(job, count, "done"),
        Err(error) => tracing::warn!(job, error = %Chain(&error), "not done now"),
    }
}
