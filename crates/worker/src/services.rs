use std::sync::Arc;

use domain::{
    messaging::{DeadLetters, DeliverMails},
    operations::RunJobs,
    shared::{
        bus::{EventHandler, EventPublisher, EventSource},
        ports::{Clock, IdGenerator, OutboxFeed},
    },
};
use shaku::{HasComponent, HasComponents};

/// The ports the worker needs.
#[derive(Clone)]
pub struct Services {
    /// Where committed events wait.
    pub feed: Arc<dyn OutboxFeed>,
    /// Where they go.
    pub publisher: Arc<dyn EventPublisher>,
    /// Where they come from.
    pub source: Arc<dyn EventSource>,
    /// Who wants them.
    pub handlers: Vec<Arc<dyn EventHandler>>,
    /// Where those go that nobody could handle.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Sends queued mails.
    pub deliver_mails: Arc<dyn DeliverMails>,
    /// Does what is due by the clock.
    pub run_jobs: Arc<dyn RunJobs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Services {
    /// Takes the ports out of a module.
    pub fn resolve<M>(module: &M) -> Self
    where
        M: HasComponent<dyn OutboxFeed>
            + HasComponent<dyn EventPublisher>
            + HasComponent<dyn EventSource>
            + HasComponents<dyn EventHandler>
            + HasComponent<dyn DeadLetters>
            + HasComponent<dyn DeliverMails>
            + HasComponent<dyn RunJobs>
            + HasComponent<dyn Clock>
            + HasComponent<dyn IdGenerator>,
    {
        let handlers: &[Arc<dyn EventHandler>] = module.resolve_all();
        Self {
            feed: module.resolve(),
            publisher: module.resolve(),
            source: module.resolve(),
            handlers: handlers.to_vec(),
            dead_letters: module.resolve(),
            deliver_mails: module.resolve(),
            run_jobs: module.resolve(),
            clock: module.resolve(),
            ids: module.resolve(),
        }
    }
}
