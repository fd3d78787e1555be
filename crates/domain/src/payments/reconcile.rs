use async_trait::async_trait;
use shaku::Interface;
use time::{Duration, OffsetDateTime};

use super::{OperationId, OperationStatus, PaymentId, ProviderName, RefundId};
use crate::shared::{
    error::{Cause, StoreError},
    event::Provenance,
};

/// How long anything at a provider may be unresolved before it is asked about.
pub const CHECK_AFTER: Duration = Duration::seconds(60);

/// Checks after which the pause between two of them no longer grows.
pub const GROWING_CHECKS: i64 = 7;

/// The pause after the check number `checks`, the first being 1: it grows with the square of their
/// number, up to 49 minutes.
pub fn pause_after(checks: i64) -> Duration {
    let checks = i32::try_from(checks.clamp(1, GROWING_CHECKS)).unwrap_or(1);
    CHECK_AFTER * (checks * checks)
}

/// Asks a provider what became of an attempt, and takes the answer in.
#[async_trait]
pub trait CheckPayment: Interface {
    /// An attempt the provider never heard of is asked for again under its own key while its order
    /// waits for it. Repeating it is harmless.
    async fn execute(&self, payment: PaymentId) -> Result<(), ResolveError>;
}

/// Carries a capture or a void out at the provider.
#[async_trait]
pub trait ExecuteOperation: Interface {
    /// Asks the provider under the operation's id, then stores its answer. Repeating it is
    /// harmless.
    async fn execute(
        &self,
        operation: OperationId,
        provenance: Provenance,
    ) -> Result<OperationStatus, ResolveError>;
}

/// Sees to everything at providers that is not resolved.
#[async_trait]
pub trait ReconcilePayments: Interface {
    /// At most `limit` of each kind that is due; answers how many were seen to.
    async fn execute(&self, limit: u32) -> Result<u32, StoreError>;
}

/// What is unresolved at providers. A claim counts as a check and puts the next one off, so that
/// of several workers only one asks.
#[async_trait]
pub trait UnresolvedPayments: Interface {
    /// Attempts that may still take money.
    async fn claim_attempts(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<PaymentId>, StoreError>;
    /// Refunds that were decided on and not done.
    async fn claim_refunds(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<RefundId>, StoreError>;
    /// Captures and voids that were decided on and not done.
    async fn claim_operations(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<OperationId>, StoreError>;
    /// Names of payments that are known by now and have parked webhooks.
    async fn parked(&self, limit: u32) -> Result<Vec<(ProviderName, String)>, StoreError>;
}

/// Why something at a provider was not resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is no such attempt or operation.
    #[error("no such payment")]
    NotFound,
    /// The provider is not configured any more.
    #[error("no such payment provider")]
    UnknownProvider,
    /// Nobody knows; ask again later, under the same key.
    #[error("outcome at the provider is unknown")]
    Unknown(#[source] Cause),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
