//! Ports every context uses.

use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    error::StoreError,
    event::{EventEnvelope, EventId, NewEvent, Stamp},
    id::RawId,
    idempotency::IdempotencyRepository,
};
use crate::audit::AuditLog;

/// The only way to learn the current time.
pub trait Clock: Interface {
    /// Now, in UTC, cut to whole microseconds, the precision every store keeps.
    fn now(&self) -> OffsetDateTime;
}

/// The only way to obtain a fresh identifier.
pub trait IdGenerator: Interface {
    /// A new, time-ordered identifier (UUIDv7, RFC 9562).
    fn next(&self) -> RawId;
}

/// The only way to obtain secret randomness.
pub trait Randomness: Interface {
    /// 256 bits nobody can guess.
    fn secret(&self) -> [u8; 32];
}

/// Draws identity and time of one change.
pub fn stamp(clock: &dyn Clock, ids: &dyn IdGenerator) -> Stamp {
    Stamp { event: EventId::new(ids.next()), at: clock.now() }
}

/// Where a unit of work writes the events it wants published.
#[async_trait]
pub trait Outbox: Send {
    /// Records `events`; the relay sees them only if the unit of work commits. Repositories call
    /// it for the events of their aggregates.
    async fn append(&mut self, events: &[NewEvent]) -> Result<(), StoreError>;
}

/// Which events a consumer has already handled.
#[async_trait]
pub trait Inbox: Send {
    /// Notes that `consumer` handles `event` now; `false` when it already did, and then nothing
    /// else may be done.
    async fn first_time(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}

/// An open transaction. Dropping it without [`commit`](Self::commit) rolls back.
#[async_trait]
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait UnitOfWork: Send {
    /// Events that belong to no aggregate; repositories store those of their aggregates.
    fn outbox(&mut self) -> &mut dyn Outbox;

    /// What consumers have handled.
    fn inbox(&mut self) -> &mut dyn Inbox;

    /// Answers stored for idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;

    /// What is noted of who did what.
    fn audit(&mut self) -> &mut dyn AuditLog;

    /// Makes every write of this unit of work durable and visible, or none.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] when the answer to the commit was lost.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// The outbox as the relay sees it. Rows are claimed for a while, so that no transaction stays
/// open while the bus is waited for, and several relays share the work.
#[async_trait]
pub trait OutboxFeed: Interface {
    /// Claims up to `limit` unpublished events in order of `seq` until `until`. Never returns an
    /// event while an earlier one of the same aggregate is unpublished and not in the batch.
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<EventEnvelope>, StoreError>;

    /// Notes that the bus has taken responsibility for the events at `seqs`.
    async fn mark_published(&self, seqs: &[i64], now: OffsetDateTime) -> Result<(), StoreError>;

    /// Gives up the claim on `seqs`, so that they are published again soon.
    async fn release(&self, seqs: &[i64]) -> Result<(), StoreError>;

    /// Puts back events that were published before `before` to a bus that forgets on restart and
    /// that `consumer` has neither handled nor dead-lettered. Returns how many.
    async fn requeue_unhandled(
        &self,
        consumer: &'static str,
        names: &[&'static str],
        before: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Age and number of what waits.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// What waits of each kind of event, most first.
    async fn waiting_by_type(&self) -> Result<Vec<(String, Backlog)>, StoreError>;

    /// Resolves when something was committed that may hold events, or never; the relay polls
    /// besides.
    async fn changed(&self);
}

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Unpublished events.
    pub waiting: u64,
    /// When the oldest of them happened.
    pub oldest: Option<OffsetDateTime>,
}

/// Whether a service behind us answers.
#[async_trait]
pub trait HealthCheck: Interface {
    /// Name of the service: `database`, `cache`, `broker`.
    fn service(&self) -> &'static str;
    /// Whether requests cannot be served without it.
    fn is_essential(&self) -> bool;
    /// Really asks it; the adapter bounds the wait.
    async fn check(&self) -> Result<(), super::error::Cause>;
}
