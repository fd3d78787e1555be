use time::{Duration, OffsetDateTime};

use super::{Payment, PaymentId};
use crate::{ordering::OrderId, text_enum, typed_id};

typed_id!(
    /// Identity of an operation; also the idempotency key given to the provider.
    OperationId
);

text_enum!(
    /// What a provider is asked to do with an attempt.
    OperationKind {
        /// Take what was set aside.
        Capture = "capture",
        /// End the attempt, and let go of what was set aside.
        Void = "void",
    }
);

text_enum!(
    /// How far an operation has come.
    OperationStatus {
        /// Decided; the provider has not answered yet.
        Scheduled = "scheduled",
        /// Done.
        Succeeded = "succeeded",
        /// The provider refused, or there was nothing left to do it with.
        Failed = "failed",
    }
);

/// Something a provider is asked to do with an attempt, stored before it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Identity.
    pub id: OperationId,
    /// The attempt.
    pub payment: PaymentId,
    /// The order it is for.
    pub order: OrderId,
    /// What is to be done.
    pub kind: OperationKind,
    /// How far it has come.
    pub status: OperationStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it was decided.
    pub created_at: OffsetDateTime,
    /// When the reconciler sees to it, unless it is done by then.
    pub check_at: OffsetDateTime,
}

impl Operation {
    /// Decides that `kind` is done with `payment`; the reconciler sees to it after `wait`.
    pub fn schedule(
        id: OperationId,
        kind: OperationKind,
        payment: &Payment,
        at: OffsetDateTime,
        wait: Duration,
    ) -> Self {
        Self {
            id,
            payment: payment.id(),
            order: payment.order(),
            kind,
            status: OperationStatus::Scheduled,
            reason: None,
            created_at: at,
            check_at: at + wait,
        }
    }
}
