use std::sync::Arc;

use domain::{
    identity::CleanUpSessions,
    messaging::{DeadLetters, DeliverMails},
    ordering::ExpireOrders,
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
    /// Ends orders nobody paid.
    pub expire_orders: Arc<dyn ExpireOrders>,
    /// Removes sessions that are over.
    pub clean_up_sessions: Arc<dyn CleanUpSessions>,
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
            + HasComponent<dyn ExpireOrders>
            + HasComponent<dyn CleanUpSessions>
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
            expire_orders: module.resolve(),
            clean_up_sessions: module.resolve(),
            clock: module.resolve(),
            ids: module.resolve(),
        }
    }
}
