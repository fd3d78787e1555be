use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use crate::shared::error::StoreError;

/// Rows that are of no use after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Answers kept for idempotency keys, by the time of the first request.
    IdempotentAnswers,
    /// Events the bus took, by the time it did. Of one aggregate the oldest go first, so that what
    /// is left has no gaps.
    PublishedEvents,
    /// Notes that a consumer handled an event, by the time it did. A note stays as long as the
    /// outbox has its event.
    HandledEvents,
    /// Notes that a message of a payment provider was taken in, by the time it was. What it said
    /// stays in the ledger.
    ProviderEvents,
    /// Messages that were sent to see that messages arrive, by the time they were.
    Tasks,
}

/// Removes what is of no use any more.
#[async_trait]
pub trait Housekeeping: Interface {
    /// Removes at most `limit` rows from before `before` in one short unit of work; answers how
    /// many. Fewer than `limit` does not mean that none is left.
    async fn remove(
        &self,
        what: Leftover,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<u32, StoreError>;
}
