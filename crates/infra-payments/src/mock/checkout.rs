use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    payments::{
        CheckoutChoice, GatewayError, MockBooks, MockCheckout, PaymentView, WebhookRequest,
    },
    shared::money::Money,
};
use serde_json::json;
use shaku::Component;
use time::OffsetDateTime;

use super::{
    MockAccount,
    entry::{Books, State},
};

/// The mock provider's checkout page: writes what the customer does into the books, and turns it
/// into webhooks.
#[derive(Component)]
#[shaku(interface = MockCheckout)]
pub struct MockCheckoutPage {
    /// Whose webhooks are signed.
    #[shaku(inject)]
    pub account: Arc<dyn MockAccount>,
    /// What the provider knows.
    #[shaku(inject)]
    pub books: Arc<dyn MockBooks>,
}

impl MockCheckoutPage {
    fn signed(
        &self,
        statuses: &[&str],
        name: &str,
        amount: Money,
        now: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let sign = |status: &&str| {
            // The same thing said again has the same name, however often a button is pressed.
            let event_id = format!("evt_{name}_{status}");
            let body = json!({
                "event_id": event_id,
                "provider_payment_id": name,
                "status": status,
                "amount": amount.to_string(),
                "currency": amount.currency.code(),
            });
            self.account.provider().key.sign(&event_id, now, body.to_string().into_bytes())
        };
        statuses.iter().map(sign).collect()
    }
}

/// What is reported of a choice; `paid` is what the provider calls money that came.
fn statuses(choice: CheckoutChoice, paid: &'static str) -> Vec<&'static str> {
    match choice {
        CheckoutChoice::Pay | CheckoutChoice::WrongAmount => vec![paid],
        CheckoutChoice::Decline => vec!["failed"],
        CheckoutChoice::Challenge => vec!["requires_action"],
        CheckoutChoice::Duplicate => vec![paid, paid],
        CheckoutChoice::Reordered => vec![paid, "requires_action", "pending"],
        CheckoutChoice::Late => Vec::new(),
    }
}

#[async_trait]
impl MockCheckout for MockCheckoutPage {
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        amount: Money,
        now: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let amount = match choice {
            CheckoutChoice::WrongAmount => Money::new(amount.minor + 1, amount.currency),
            _ => amount,
        };
        self.signed(&statuses(choice, "succeeded"), provider_payment_id, amount, now)
    }

    async fn choose(
        &self,
        choice: CheckoutChoice,
        payment: &PaymentView,
        now: OffsetDateTime,
    ) -> Result<Vec<WebhookRequest>, GatewayError> {
        let Some(name) = &payment.provider_payment_id else { return Ok(Vec::new()) };
        let reached = Books(&*self.books)
            .change(name, None, |entry| {
                let chosen = match choice {
                    CheckoutChoice::Decline => State::Declined,
                    CheckoutChoice::Challenge => State::Challenged,
                    _ => entry.paid(),
                };
                // Whoever presses a button again hears again what it did the first time.
                let is_open = matches!(entry.state, State::Open | State::Challenged);
                if is_open {
                    entry.state = chosen;
                }
                let is_taken = entry.state == State::Captured && chosen == State::Authorized;
                (entry.state == chosen || is_taken).then_some(chosen)
            })
            .await?;
        match reached.flatten() {
            None => Ok(Vec::new()),
            Some(State::Authorized) => {
                Ok(self.signed(&statuses(choice, "authorized"), name, payment.amount, now))
            }
            Some(_) => Ok(self.report(choice, name, payment.amount, now)),
        }
    }
}
