use std::sync::Arc;

use async_trait::async_trait;
use domain::payments::{
    Capabilities, CreatedAtProvider, FactKind, FetchedPayment, GatewayError, MalformedNotice,
    MockBooks, OperationRequest, PaymentGateway, PaymentId, PaymentRequest, ProviderFact,
    ProviderName, ProviderNotice, RefundReport, RefundRequest, SignatureError, WebhookRequest,
};
use shaku::{Component, Keyed};
use time::OffsetDateTime;

use super::{
    MockAccount, MockScenario,
    entry::{Books, Entry, State},
    notice,
};

/// The mock provider as the shop talks to it. It believes webhooks signed in its name: what one
/// says was taken may be given back, though its own page was never used.
#[derive(Component)]
#[shaku(interface = PaymentGateway)]
pub struct MockGateway {
    /// Whose account is charged.
    #[shaku(inject)]
    pub account: Arc<dyn MockAccount>,
    /// What the provider knows.
    #[shaku(inject)]
    pub books: Arc<dyn MockBooks>,
}

impl Keyed for MockGateway {
    type KeyType = ProviderName;
    const KEY: Self::KeyType = ProviderName::Mock;
}

/// The provider's name for an attempt.
fn name_of(payment: PaymentId) -> String {
    format!("mock_{}", payment.raw().simple())
}

impl MockGateway {
    /// Does `act` with the entry under `name`, unless the scenario loses the first request under
    /// `key`; the first answer may be lost as well.
    async fn asked<T>(
        &self,
        name: &str,
        key: &str,
        new: Option<Entry>,
        act: impl Fn(&mut Entry) -> Result<T, String>,
    ) -> Result<T, GatewayError> {
        let scenario = self.account.provider().scenario;
        let done = Books(&*self.books)
            .change(name, new.as_ref(), |entry| {
                let is_first = entry.asked.insert(key.to_owned());
                match scenario {
                    MockScenario::Timeout if is_first => Err(lost("request")),
                    MockScenario::ErrorAfterEffect if is_first => {
                        // Whatever came of it, nobody hears of it.
                        drop(act(entry));
                        Err(lost("answer"))
                    }
                    _ => act(entry).map_err(|reason| GatewayError::Refused { reason }),
                }
            })
            .await?;
        let missing = || GatewayError::Refused { reason: "no such payment".to_owned() };
        done.ok_or_else(missing)?
    }

    fn checkout_url(&self, payment: PaymentId) -> String {
        format!("{}/mock-pay/{payment}", self.account.provider().public_url)
    }
}

fn lost(what: &str) -> GatewayError {
    GatewayError::Unknown(format!("the {what} was lost, as the scenario says").into())
}

#[async_trait]
impl PaymentGateway for MockGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        let (payment, name) = (request.payment, name_of(request.payment));
        let new = Entry::new(request.amount, request.capture);
        self.asked(&name, "create", Some(new), |entry| {
            if entry.state == State::Unheard {
                entry.state = State::Open;
            }
            Ok(())
        })
        .await?;
        Ok(CreatedAtProvider {
            provider_payment_id: name,
            checkout_url: Some(self.checkout_url(payment)),
            state: Some(FactKind::Pending),
        })
    }

    async fn capture(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        let key = request.operation.to_string();
        self.asked(&request.provider_payment_id, &key, None, |entry| match entry.state {
            State::Declined | State::Canceled | State::Unheard => {
                Err("nothing is set aside".to_owned())
            }
            _ => {
                entry.state = State::Captured;
                Ok(entry.fact(FactKind::Captured))
            }
        })
        .await
    }

    async fn void(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        let key = request.operation.to_string();
        self.asked(&request.provider_payment_id, &key, None, |entry| match entry.state {
            State::Captured => Err("the money was taken".to_owned()),
            State::Declined => Ok(entry.fact(FactKind::Failed)),
            _ => {
                entry.state = State::Canceled;
                Ok(entry.fact(FactKind::Canceled))
            }
        })
        .await
    }

    async fn fetch(
        &self,
        payment: PaymentId,
        provider_payment_id: Option<&str>,
    ) -> Result<Option<FetchedPayment>, GatewayError> {
        let name = provider_payment_id.map_or_else(|| name_of(payment), str::to_owned);
        let known = Books(&*self.books).read(&name).await?;
        let known = known.map(|(entry, _)| entry).filter(|entry| entry.state != State::Unheard);
        let url = name.strip_prefix("mock_").and_then(|id| id.parse().ok());
        let checkout_url = url.map(|id| self.checkout_url(PaymentId::new(id)));
        Ok(known.map(|entry| FetchedPayment {
            provider_payment_id: name,
            checkout_url,
            facts: entry.facts(),
        }))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { manual_capture: true }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        let (key, amount) = (request.refund.to_string(), request.amount);
        let given = self
            .asked(&request.provider_payment_id, &key, None, |entry| {
                if entry.refunds.contains_key(&key) {
                    return Ok(());
                }
                let whole = entry.amount();
                if amount.currency != whole.currency
                    || entry.refunded() + amount.minor > whole.minor
                {
                    return Err("more than was taken".to_owned());
                }
                entry.refunds.insert(key.clone(), amount.minor);
                Ok(())
            })
            .await;
        match given {
            Ok(()) => Ok(RefundReport::Succeeded),
            Err(GatewayError::Refused { reason }) => Ok(RefundReport::Refused { reason }),
            Err(unknown) => Err(unknown),
        }
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
