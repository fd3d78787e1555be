use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{FactKind, OperationId, PaymentId, RefundId};
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

text_enum!(
    /// When the money of an attempt is taken.
    CaptureMode {
        /// As soon as the customer agrees.
        Automatic = "automatic",
        /// It is set aside, and taken when staff says so.
        Manual = "manual",
    }
);

/// What a provider can do besides taking money and giving it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can set money aside and take it later.
    pub manual_capture: bool,
}

/// One thing a provider says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderFact {
    /// Its key in the ledger: one thing has one key, whether a webhook tells of it or an answer.
    pub key: String,
    /// What it is.
    pub kind: FactKind,
    /// How much it is about.
    pub amount: Money,
    /// The provider's reason, when it said no.
    pub reason: Option<String>,
}

/// What the provider is asked to take.
#[derive(Clone, Debug)]
pub struct PaymentRequest {
    /// The attempt, and the provider's idempotency key: the same one never takes money twice.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Human number of the order, shown to the customer.
    pub order_number: String,
    /// When it is taken.
    pub capture: CaptureMode,
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

/// What the provider is asked to do with money it set aside.
#[derive(Clone, Debug)]
pub struct OperationRequest {
    /// The operation, and the provider's idempotency key.
    pub operation: OperationId,
    /// The provider's own name for the payment.
    pub provider_payment_id: String,
    /// How much was set aside; all of it is meant.
    pub amount: Money,
}

/// All a provider knows of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPayment {
    /// The provider's own name for it.
    pub provider_payment_id: String,
    /// Where the customer pays.
    pub checkout_url: Option<String>,
    /// Everything that happened to it so far, under the keys webhooks use. Not what was given
    /// back: refunds are asked for again under their own keys.
    pub facts: Vec<ProviderFact>,
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
    /// Takes money that was set aside. The same operation never takes twice; an answer that is not
    /// there yet is [`GatewayError::Unknown`].
    async fn capture(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError>;
    /// Ends an attempt before money was taken, and lets go of what was set aside.
    async fn void(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError>;
    /// Looks a payment up, by the provider's name for it or, when that was never learnt, by ours.
    /// `None` when the provider does not know it.
    async fn fetch(
        &self,
        payment: PaymentId,
        provider_payment_id: Option<&str>,
    ) -> Result<Option<FetchedPayment>, GatewayError>;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
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
