use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{FactKind, PaymentId, RefundId};
use crate::{
    shared::{error::Cause, money::Money},
    text_enum,
};

text_enum!(
    /// Payment providers the store can talk to.
    ProviderName {
        /// Ours, for development and tests: moves no money.
        Mock = "mock",
    }
);

/// What the provider is asked to take.
#[derive(Clone, Debug)]
pub struct PaymentRequest {
    /// The attempt, and the provider's idempotency key: the same one never takes money twice.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Human number of the order, shown to the customer.
    pub order_number: String,
}

/// The provider knows about the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedAtProvider {
    /// The provider's own name for it.
    pub provider_payment_id: String,
    /// Where the customer pays.
    pub checkout_url: Option<String>,
    /// What it says of its state, for a provider that says so in the answer.
    pub state: Option<FactKind>,
}

/// What the provider is asked to give back.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// The refund, and the provider's idempotency key.
    pub refund: RefundId,
    /// The provider's own name for the payment.
    pub provider_payment_id: String,
    /// How much.
    pub amount: Money,
}

/// What the provider did about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundReport {
    /// The money went back.
    Succeeded,
    /// It will not.
    Refused {
        /// The provider's reason.
        reason: String,
    },
}

/// A webhook as it came in, before anything is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRequest {
    /// Headers that matter, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw bytes the signature is over.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// Value of the header `name`, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a believed webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderNotice {
    /// The provider's name for this message; a second one of that name changes nothing.
    pub event_id: String,
    /// The provider's own name for the payment.
    pub provider_payment_id: String,
    /// Key of the fact in the ledger; `None` when it says nothing new about the payment.
    pub fact: Option<(String, FactKind)>,
    /// Amount it is about.
    pub amount: Money,
    /// The provider's reason, when it said no.
    pub reason: Option<String>,
}

/// Why a webhook was not believed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or cannot be read.
    #[error("the signature headers are missing or malformed")]
    Missing,
    /// The timestamp is more than 300 s away from now.
    #[error("the signature is too old or from the future")]
    Stale,
    /// The signature does not belong to the bytes.
    #[error("the signature is wrong")]
    Wrong,
}

/// The body of a webhook cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the webhook is malformed")]
pub struct MalformedNotice(#[source] pub Cause);

/// Failure of a provider.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The provider refused the request itself; trying again cannot help.
    #[error("refused by the provider: {reason}")]
    Refused {
        /// The provider's reason.
        reason: String,
    },
    /// Nobody knows what happened. Ask again with the same key; never assume.
    #[error("outcome at the provider is unknown")]
    Unknown(#[source] Cause),
}

/// One payment provider. Never called inside a transaction.
#[async_trait]
pub trait PaymentGateway: Interface {
    /// Asks for money. The same attempt never asks twice.
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError>;
    /// Gives money back. The same refund never gives twice.
    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError>;
    /// Whether the webhook comes from the provider, decided on the raw bytes in constant time.
    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        now: OffsetDateTime,
    ) -> Result<(), SignatureError>;
    /// Reads a webhook that was verified.
    fn parse_webhook(&self, request: &WebhookRequest) -> Result<ProviderNotice, MalformedNotice>;
}

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
    }
);

/// The provider's side of the mock: what it would send us.
pub trait MockCheckout: Interface {
    /// Signed webhooks that report `choice`, in the order they are sent.
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        amount: Money,
        now: OffsetDateTime,
    ) -> Vec<WebhookRequest>;
}
