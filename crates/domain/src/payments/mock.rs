//! The mock provider's own side: its page and its books.

use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{GatewayError, PaymentView, WebhookRequest};
use crate::{
    shared::{error::StoreError, money::Money},
    text_enum,
};

text_enum!(
    /// What the customer does on the mock provider's page.
    CheckoutChoice {
        /// Pays.
        Pay = "pay",
        /// Is refused by the bank.
        Decline = "decline",
        /// Is sent to the bank's own page first.
        Challenge = "challenge",
        /// Pays, and the provider reports it twice.
        Duplicate = "duplicate",
        /// Pays, and the provider does not report it: the store learns it by asking.
        Late = "late",
        /// Pays, and the provider reports the steps last to first.
        Reordered = "reordered",
        /// Pays, and the provider reports another amount.
        WrongAmount = "wrong_amount",
    }
);

/// The provider's side of the mock: what it would send us.
#[async_trait]
pub trait MockCheckout: Interface {
    /// Signed webhooks that report `choice`, whatever the provider's books say: for whoever plays
    /// the provider.
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        amount: Money,
        now: OffsetDateTime,
    ) -> Vec<WebhookRequest>;
    /// Does what the customer chose, and answers the signed webhooks that report it, in the order
    /// they are sent.
    async fn choose(
        &self,
        choice: CheckoutChoice,
        payment: &PaymentView,
        now: OffsetDateTime,
    ) -> Result<Vec<WebhookRequest>, GatewayError>;
}

/// One page of the mock provider's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockEntry {
    /// What is written there; only the provider reads it.
    pub body: String,
    /// How often it was written.
    pub version: i64,
}

/// Where the mock provider keeps its books, apart from everything the store keeps.
#[async_trait]
pub trait MockBooks: Interface {
    /// What is written under `name`.
    async fn read(&self, name: &str) -> Result<Option<MockEntry>, StoreError>;
    /// Writes `entry`, whose version is one more than what is there, or 1 when nothing is; `false`
    /// when somebody else wrote meanwhile.
    async fn write(&self, name: &str, entry: &MockEntry) -> Result<bool, StoreError>;
}
