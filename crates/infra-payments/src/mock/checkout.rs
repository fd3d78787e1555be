use std::sync::Arc;

use domain::{
    payments::{CheckoutChoice, MockCheckout, WebhookRequest},
    shared::money::Money,
};
use serde_json::json;
use shaku::Component;
use time::OffsetDateTime;

use super::MockAccount;

/// The mock provider's checkout page: turns what the customer does into webhooks.
#[derive(Component)]
#[shaku(interface = MockCheckout)]
pub struct MockCheckoutPage {
    /// Whose webhooks are signed.
    #[shaku(inject)]
    pub account: Arc<dyn MockAccount>,
}

impl MockCheckout for MockCheckoutPage {
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        amount: Money,
        now: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let statuses: &[&str] = match choice {
            CheckoutChoice::Pay => &["succeeded"],
            CheckoutChoice::Decline => &["failed"],
            CheckoutChoice::Challenge => &["requires_action", "succeeded"],
            CheckoutChoice::Duplicate => &["succeeded", "succeeded"],
        };
        statuses
            .iter()
            .map(|status| {
                // The same thing said again has the same name, however often a button is pressed.
                let event_id = format!("evt_{provider_payment_id}_{status}");
                let body = json!({
                    "event_id": event_id,
                    "provider_payment_id": provider_payment_id,
                    "status": status,
                    "amount": amount.to_string(),
                    "currency": amount.currency.code(),
                });
                self.account.provider().key.sign(&event_id, now, body.to_string().into_bytes())
            })
            .collect()
    }
}
