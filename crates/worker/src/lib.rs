//! The worker: takes events from the outbox to the bus, from the bus to their handlers, and does
//! what is due by the clock. It knows ports only.

mod chores;
mod consumer;
mod counted;
mod jobs;
mod relay;
mod services;
mod settings;
mod trace;

pub use chores::Chores;
pub use consumer::Consumer;
pub use relay::Relay;
pub use services::Services;
pub use settings::WorkerSettings;

use futures_util::{FutureExt, future::join_all};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{counted::Backlogs, jobs::Scheduled};
use domain::shared::{
    bus::{BusError, Subscription},
    error::StoreError,
};

/// Everything the worker does, ready to run.
#[derive(Clone)]
pub struct Worker {
    services: Services,
    settings: WorkerSettings,
}

/// Why the worker could not do a round of work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus failed.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Worker {
    /// A worker over these ports.
    pub const fn new(services: Services, settings: WorkerSettings) -> Self {
        Self { services, settings }
    }

    /// Runs until `stop`, then finishes and settles what is in hand. Failures of the services
    /// behind it are waited out, never fatal.
    ///
    /// # Errors
    /// When a part of it panicked: the rest has stopped, and the process should end.
    pub async fn run(self, stop: CancellationToken) -> Result<(), JoinError> {
        let mut tasks = JoinSet::new();
        let consumers = self.consumers();
        // Before anything is published: a bus that forgets keeps nothing for who is not there yet.
        let subscribing = join_all(consumers.iter().map(Consumer::try_subscribe));
        let Some(subscribed) = stop.run_until_cancelled(subscribing).await else { return Ok(()) };
        tracing::info!(consumers = consumers.len(), "worker started");
        for (consumer, subscription) in consumers.into_iter().zip(subscribed) {
            tasks.spawn(consumer.run(subscription, stop.clone()));
        }
        tasks.spawn(self.relay().run(stop.clone()));
        tasks.spawn(self.chores().run(stop.clone()));
        tasks.spawn(Backlogs::new(&self.services).run(stop.clone()));
        for job in Scheduled::all(&self.services, &self.settings) {
            tasks.spawn(job.run(stop.clone()));
        }
        let mut outcome = Ok(());
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a part of the worker died; the rest stops");
                stop.cancel();
                outcome = Err(error);
            }
        }
        tracing::info!("worker stopped");
        outcome
    }

    /// The part that publishes.
    pub fn relay(&self) -> Relay {
        Relay::new(&self.services, &self.settings)
    }

    /// The parts that handle, one for each handler.
    pub fn consumers(&self) -> Vec<Consumer> {
        let one = |handler| Consumer::new(handler, &self.services, &self.settings);
        self.services.handlers.iter().cloned().map(one).collect()
    }

    /// The part that does the same again and again.
    pub fn chores(&self) -> Chores {
        Chores::new(&self.services, &self.settings)
    }

    /// Subscribes every handler, for [`run_until_idle`](Self::run_until_idle).
    ///
    /// # Errors
    /// [`BusError`] when the bus does not answer.
    pub async fn subscribe(&self) -> Result<Vec<(Consumer, Box<dyn Subscription>)>, BusError> {
        let opened = self.consumers().into_iter().map(|consumer| async {
            let subscription = consumer.subscribe().await?;
            Ok((consumer, subscription))
        });
        join_all(opened).await.into_iter().collect()
    }

    /// Publishes, handles and mails in this task until nothing is left to do now. Deliveries the
    /// bus holds back for later stay there. For a bus that delivers at once, in tests and tools.
    ///
    /// # Errors
    /// [`WorkerError`] on the first failure.
    pub async fn run_until_idle(
        &self,
        subscriptions: &mut [(Consumer, Box<dyn Subscription>)],
    ) -> Result<(), WorkerError> {
        let (relay, chores) = (self.relay(), self.chores());
        loop {
            let mut done = relay.tick().await?;
            for (consumer, subscription) in subscriptions.iter_mut() {
                while let Some(Some(delivery)) = subscription.next().now_or_never() {
                    consumer.deal_with(delivery).await;
                    done += 1;
                }
            }
            done += chores.deliver_mails().await?;
            if done == 0 {
                return Ok(());
            }
        }
    }
}
