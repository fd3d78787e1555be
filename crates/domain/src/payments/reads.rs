use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{AttemptStatus, CaptureMode, Payment, PaymentId, ProviderName};
use crate::{
    identity::UserId,
    ordering::OrderId,
    shared::{error::StoreError, money::Money},
};

/// An attempt to pay as shown to the order's owner and to staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// Identity.
    pub id: PaymentId,
    /// What is paid.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// Who moves the money.
    pub provider: ProviderName,
    /// When it is taken.
    pub capture: CaptureMode,
    /// How far it has come.
    pub status: AttemptStatus,
    /// The provider's own name for it.
    pub provider_payment_id: Option<String>,
    /// Where the customer pays.
    pub checkout_url: Option<String>,
    /// Why the provider said no.
    pub fail_reason: Option<String>,
    /// Taken.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        let state = payment.state();
        Self {
            id: payment.id(),
            order: payment.order(),
            amount: payment.amount(),
            provider: payment.provider(),
            capture: payment.capture(),
            status: payment.status(),
            provider_payment_id: state.provider_payment_id.clone(),
            checkout_url: state.checkout_url.clone(),
            fail_reason: payment.fail_reason().map(str::to_owned),
            captured: state.captured,
            refunded: state.refunded,
            created_at: payment.created_at(),
            updated_at: state.updated_at,
        }
    }
}

/// Reads of the payments context, straight from the database.
#[async_trait]
pub trait PaymentReads: Interface {
    /// One attempt; only of `owner`'s orders when given.
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError>;
    /// Attempts to pay `order`, oldest first; only if it is `owner`'s when given.
    async fn payments_of(
        &self,
        order: OrderId,
        owner: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError>;
    /// Attempts to pay the orders of `customer`, oldest first.
    async fn payments_by(&self, customer: UserId) -> Result<Vec<PaymentView>, StoreError>;
}
