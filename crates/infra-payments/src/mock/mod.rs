//! A provider of our own for development and tests. It moves no money, but keeps books as a real one
//! does: what was asked for under one key is done once, and can be asked about.

mod checkout;
mod entry;
mod gateway;
mod notice;

use domain::text_enum;
use shaku::{Component, Interface};

pub use self::{
    checkout::{MockCheckoutPage, MockCheckoutPageParameters},
    gateway::{MockGateway, MockGatewayParameters},
};
use crate::standard_webhooks::{InvalidWebhookSecret, WebhookKey};

text_enum!(
    /// How the mock provider misbehaves, for tests and demonstrations.
    MockScenario {
        /// Not at all.
        None = "none",
        /// Each thing asked for the first time is lost on its way, and nothing is answered.
        Timeout = "timeout",
        /// Each thing asked for the first time is done, and its answer is lost.
        ErrorAfterEffect = "error_after_effect",
    }
);

/// What the mock provider needs to know.
#[derive(Clone)]
pub struct MockSettings {
    /// Where the shop is reached from outside, without a path.
    pub public_url: String,
    /// What webhooks are signed with: its bytes, or base64 after `whsec_`.
    pub webhook_secret: String,
    /// How it misbehaves.
    pub scenario: MockScenario,
}

/// Settings of the mock provider, checked.
#[derive(Clone)]
pub struct MockProvider {
    public_url: String,
    key: WebhookKey,
    scenario: MockScenario,
}

impl MockProvider {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`InvalidWebhookSecret`].
    pub fn new(settings: MockSettings) -> Result<Self, InvalidWebhookSecret> {
        let key = WebhookKey::parse(&settings.webhook_secret)?;
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        Ok(Self { public_url, key, scenario: settings.scenario })
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

#[cfg(test)]
mod tests;
