//! The message bus: at least once, one queue for each consumer.

use std::time::Duration;

use async_trait::async_trait;
use shaku::Interface;

use super::{
    error::{Cause, StoreError},
    event::EventEnvelope,
};

/// One consumer and the events it wants; the bus keeps a queue for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Name of the consumer, also in the inbox and in dead letters.
    pub consumer: &'static str,
    /// Wire names of the events.
    pub events: &'static [&'static str],
}

/// Hands committed events to the bus.
#[async_trait]
pub trait EventPublisher: Interface {
    /// Publishes `events` in order, pipelined, and answers for each whether the bus has taken
    /// responsibility for it. An event that a known subscriber wants and no queue took is a
    /// failure; one that nobody subscribed to is not.
    async fn publish(&self, events: &[EventEnvelope]) -> Vec<Result<(), BusError>>;

    /// Whether the bus keeps what it took across a restart. When it does not, the relay puts
    /// unhandled events back from the outbox at start.
    fn is_durable(&self) -> bool;
}

/// Opens streams of events, one for each consumer.
#[async_trait]
pub trait EventSource: Interface {
    /// Starts receiving for `subscriber`; at most `prefetch` deliveries are unsettled at a time.
    async fn subscribe(
        &self,
        subscriber: &Subscriber,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BusError>;
}

/// Events of one queue, as they arrive.
#[async_trait]
pub trait Subscription: Send {
    /// The next delivery; `None` once the stream broke or the bus is closed: subscribe again.
    /// Cancel-safe: a delivery is never lost by dropping the future.
    async fn next(&mut self) -> Option<Box<dyn Delivery>>;
}

/// One event in flight. Settling consumes it, so it cannot be settled twice; dropping it unsettled
/// hands it back to the bus.
#[async_trait]
pub trait Delivery: Send {
    /// What arrived.
    fn event(&self) -> &EventEnvelope;
    /// Deliveries that ended in [`retry_after`](Self::retry_after) before this one.
    fn earlier_attempts(&self) -> u32;
    /// Done; forget it.
    async fn ack(self: Box<Self>) -> Result<(), BusError>;
    /// Deliver it again once `delay` has passed, without holding up anything else.
    async fn retry_after(self: Box<Self>, delay: Duration) -> Result<(), BusError>;
}

/// Reacts to events. At least once: the same event may come again, so the inbox row is written in
/// the handler's own unit of work.
#[async_trait]
pub trait EventHandler: Interface {
    /// Who it is and what it wants.
    fn subscriber(&self) -> Subscriber;
    /// Does the work.
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError>;
}

/// What the worker should do with an event that was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// Something else was not ready; try later.
    #[error("not now")]
    Retry(#[source] Cause),
    /// Trying again cannot help.
    #[error("cannot be handled: {0}")]
    Poison(String),
}

impl From<StoreError> for HandleError {
    fn from(error: StoreError) -> Self {
        Self::Retry(Box::new(error))
    }
}

/// Failure of the message bus.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The bus did not confirm; the relay will try again.
    #[error("the bus did not confirm the event: {0}")]
    NotConfirmed(String),
    /// The bus does not answer.
    #[error("the bus is unavailable")]
    Unavailable(#[source] Cause),
}
