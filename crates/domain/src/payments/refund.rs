use time::OffsetDateTime;

use super::{PaymentId, RefundFailed, RefundScheduled, RefundSucceeded};
use crate::{
    ordering::OrderId,
    shared::{event::DomainEvent, money::Money},
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a refund; also the idempotency key given to the provider.
    RefundId
);

text_enum!(
    /// How far a refund has come.
    RefundStatus {
        /// Decided; the worker will ask the provider.
        Scheduled = "scheduled",
        /// The money went back.
        Succeeded = "succeeded",
        /// The provider refused: a human decides.
        Failed = "failed",
    }
);

/// Money that goes back to the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Identity.
    pub id: RefundId,
    /// The attempt whose money it is.
    pub payment: PaymentId,
    /// The order it was for.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub status: RefundStatus,
    /// When it was decided.
    pub created_at: OffsetDateTime,
}

impl Refund {
    /// The event that tells how far it has come.
    pub fn event(&self) -> DomainEvent {
        let (refund_id, payment_id, order_id) = (self.id, self.payment, self.order);
        let amount = self.amount;
        match self.status {
            RefundStatus::Scheduled => {
                RefundScheduled { refund_id, payment_id, order_id, amount }.into()
            }
            RefundStatus::Succeeded => {
                RefundSucceeded { refund_id, payment_id, order_id, amount }.into()
            }
            RefundStatus::Failed => RefundFailed { refund_id, payment_id, order_id, amount }.into(),
        }
    }
}
