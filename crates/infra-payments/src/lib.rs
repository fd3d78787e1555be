//! Payment providers, one module each.

mod counted;
mod mock;
mod standard_webhooks;

pub use counted::counted;
pub use mock::{
    ConfiguredMockAccount, ConfiguredMockAccountParameters, MockAccount, MockCheckoutPage,
    MockCheckoutPageParameters, MockGateway, MockGatewayParameters, MockProvider, MockScenario,
    MockSettings,
};
pub use standard_webhooks::InvalidWebhookSecret;
