//! A provider of our own for development and tests. It moves no money and keeps nothing, so asking
//! twice is the same as asking once.

mod checkout;
mod notice;

use std::sync::Arc;

use async_trait::async_trait;
use domain::payments::{
    CreatedAtProvider, FactKind, GatewayError, MalformedNotice, PaymentGateway, PaymentRequest,
    ProviderName, ProviderNotice, RefundReport, RefundRequest, SignatureError, WebhookRequest,
};
use shaku::{Component, Interface, Keyed};
use time::OffsetDateTime;

pub use self::checkout::{MockCheckoutPage, MockCheckoutPageParameters};
use crate::standard_webhooks::{InvalidWebhookSecret, WebhookKey};

/// What the mock provider needs to know.
#[derive(Clone)]
pub struct MockSettings {
    /// Where the shop is reached from outside, without a path.
    pub public_url: String,
    /// What webhooks are signed with: its bytes, or base64 after `whsec_`.
    pub webhook_secret: String,
}

/// Settings of the mock provider, checked.
#[derive(Clone)]
pub struct MockProvider {
    public_url: String,
    key: WebhookKey,
}

impl MockProvider {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`InvalidWebhookSecret`].
    pub fn new(settings: MockSettings) -> Result<Self, InvalidWebhookSecret> {
        let key = WebhookKey::parse(&settings.webhook_secret)?;
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        Ok(Self { public_url, key })
    }
}

/// The shop's account at the mock provider. A component of its own, because shaku gives no
/// parameters to keyed components such as the gateway.
pub trait MockAccount: Interface {
    /// The settings.
    fn provider(&self) -> &MockProvider;
}

/// The account the settings describe.
#[derive(Component)]
#[shaku(interface = MockAccount)]
pub struct ConfiguredMockAccount {
    /// The settings.
    pub provider: MockProvider,
}

impl MockAccount for ConfiguredMockAccount {
    fn provider(&self) -> &MockProvider {
        &self.provider
    }
}

/// The mock provider as the shop talks to it.
#[derive(Component)]
#[shaku(interface = PaymentGateway)]
pub struct MockGateway {
    /// Whose account is charged.
    #[shaku(inject)]
    pub account: Arc<dyn MockAccount>,
}

impl Keyed for MockGateway {
    type KeyType = ProviderName;
    const KEY: Self::KeyType = ProviderName::Mock;
}

#[async_trait]
impl PaymentGateway for MockGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        let payment = request.payment;
        Ok(CreatedAtProvider {
            provider_payment_id: format!("mock_{}", payment.raw().simple()),
            checkout_url: Some(format!(
                "{}/mock-pay/{payment}",
                self.account.provider().public_url
            )),
            state: Some(FactKind::Pending),
        })
    }

    async fn refund(&self, _request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        Ok(RefundReport::Succeeded)
    }

    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        self.account.provider().key.verify(request, now)
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<ProviderNotice, MalformedNotice> {
        notice::parse(&request.body)
    }
}

#[cfg(test)]
mod tests;
