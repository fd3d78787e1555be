//! Contract of [`PaymentGateway`]: what every provider must do
//! for the store to rely on it.

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use domain::{
    payments::{
        CaptureMode, CreatedAtProvider, FactKind, GatewayError, OperationId, OperationRequest,
        PaymentGateway, PaymentId, PaymentRequest, ProviderFact, RefundId, RefundReport,
        RefundRequest, WebhookRequest,
    },
    shared::{money::Money, ports::IdGenerator},
};
use time::OffsetDateTime;

use crate::{builders::roubles, clock::FrozenClock, ids::CountingIds};

/// What the customer does at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Agrees to pay.
    Pay,
    /// Is refused.
    Decline,
}

/// The customer at the provider's own page.
#[async_trait]
pub trait Customer: Send + Sync {
    /// Does it; answers the webhooks the provider sends about it.
    async fn act(
        &self,
        act: Act,
        payment: PaymentId,
        created: &CreatedAtProvider,
    ) -> Vec<WebhookRequest>;
}

/// A provider and a customer of it.
pub struct GatewayFixture {
    /// The provider.
    pub gateway: Arc<dyn PaymentGateway>,
    /// The customer.
    pub customer: Box<dyn Customer>,
    /// The time webhooks are signed at.
    pub now: OffsetDateTime,
    /// Identifiers of what the clauses ask for.
    pub ids: CountingIds,
    /// Whatever must live as long as the provider.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl GatewayFixture {
    /// `gateway` and its customer, at the time clocks of tests start at.
    pub fn new(gateway: Arc<dyn PaymentGateway>, customer: Box<dyn Customer>) -> Self {
        let (now, ids) = (FrozenClock::START, CountingIds::default());
        Self { gateway, customer, now, ids, keep: Box::new(()) }
    }

    fn amount() -> Money {
        roubles(10_799)
    }

    async fn created(&self, capture: CaptureMode) -> (PaymentRequest, CreatedAtProvider) {
        let request = PaymentRequest {
            payment: PaymentId::new(self.ids.next()),
            amount: Self::amount(),
            order_number: "K-00000001".to_owned(),
            capture,
        };
        let created = self.gateway.create(&request).await.unwrap();
        (request, created)
    }

    /// What the webhooks about `act` say, believed and read.
    async fn told(
        &self,
        act: Act,
        request: &PaymentRequest,
        created: &CreatedAtProvider,
    ) -> Vec<ProviderFact> {
        let mut facts = Vec::new();
        for webhook in self.customer.act(act, request.payment, created).await {
            self.gateway.verify_webhook(&webhook, self.now).unwrap();
            let notice = self.gateway.parse_webhook(&webhook).unwrap();
            assert_eq!(notice.provider_payment_id, created.provider_payment_id);
            let (amount, reason) = (notice.amount, notice.reason);
            facts.extend(notice.fact.map(|(key, kind)| ProviderFact { key, kind, amount, reason }));
        }
        facts
    }

    async fn facts(&self, created: &CreatedAtProvider) -> Vec<ProviderFact> {
        let anything = PaymentId::new(self.ids.next());
        let fetched = self.gateway.fetch(anything, Some(&created.provider_payment_id)).await;
        fetched.unwrap().unwrap().facts
    }

    fn operation(&self, created: &CreatedAtProvider) -> OperationRequest {
        OperationRequest {
            operation: OperationId::new(self.ids.next()),
            provider_payment_id: created.provider_payment_id.clone(),
            amount: Self::amount(),
        }
    }

    fn refund(&self, created: &CreatedAtProvider, amount: Money) -> RefundRequest {
        RefundRequest {
            refund: RefundId::new(self.ids.next()),
            provider_payment_id: created.provider_payment_id.clone(),
            amount,
        }
    }
}

fn identified(facts: &[ProviderFact]) -> Vec<(String, FactKind, Money)> {
    facts.iter().map(|fact| (fact.key.clone(), fact.kind, fact.amount)).collect()
}

fn has(facts: &[ProviderFact], kind: FactKind) -> bool {
    facts.iter().any(|fact| fact.kind == kind)
}

/// One attempt is one payment however often it is asked for, and two attempts are two.
pub async fn one_attempt_is_one_payment(f: GatewayFixture) {
    let (request, created) = f.created(CaptureMode::Automatic).await;
    assert_eq!(f.gateway.create(&request).await.unwrap(), created);
    let (_, other) = f.created(CaptureMode::Automatic).await;
    assert_ne!(other.provider_payment_id, created.provider_payment_id);
}

/// A payment is found by the provider's name and by ours; one nobody asked for is not.
pub async fn a_payment_is_found_by_either_name(f: GatewayFixture) {
    let unknown = PaymentId::new(f.ids.next());
    assert_eq!(f.gateway.fetch(unknown, None).await.unwrap(), None);
    let (request, created) = f.created(CaptureMode::Automatic).await;
    let name = Some(&*created.provider_payment_id);
    for name in [None, name] {
        let found = f.gateway.fetch(request.payment, name).await.unwrap().unwrap();
        assert_eq!(found.provider_payment_id, created.provider_payment_id);
        assert_eq!(found.checkout_url, created.checkout_url);
        assert!(!has(&found.facts, FactKind::Captured));
    }
}

/// What a webhook says is also found by asking, under the same key: told twice, it is one fact.
pub async fn a_webhook_and_an_answer_say_the_same(f: GatewayFixture) {
    for (act, kind) in [(Act::Pay, FactKind::Captured), (Act::Decline, FactKind::Failed)] {
        let (request, created) = f.created(CaptureMode::Automatic).await;
        let told = f.told(act, &request, &created).await;
        assert!(has(&told, kind), "{told:?}");
        let fetched = identified(&f.facts(&created).await);
        for fact in identified(&told) {
            assert!(fetched.contains(&fact), "{fact:?} is not among {fetched:?}");
        }
        let money = told.iter().filter(|fact| fact.kind == FactKind::Captured);
        assert!(money.map(|fact| fact.amount).all(|amount| amount == request.amount));
    }
}

/// Money that is set aside is taken once, under one key, whoever tells of it.
pub async fn what_is_set_aside_is_taken_once(f: GatewayFixture) {
    if !f.gateway.capabilities().manual_capture {
        return;
    }
    let (request, created) = f.created(CaptureMode::Manual).await;
    let told = f.told(Act::Pay, &request, &created).await;
    assert!(has(&told, FactKind::Authorized) && !has(&told, FactKind::Captured), "{told:?}");
    let operation = f.operation(&created);
    let taken = f.gateway.capture(&operation).await.unwrap();
    assert_eq!((taken.kind, taken.amount), (FactKind::Captured, request.amount));
    let again = f.gateway.capture(&operation).await.unwrap();
    assert_eq!(identified(&[again]), identified(std::slice::from_ref(&taken)));
    let fetched = f.facts(&created).await;
    let captures = fetched.iter().filter(|fact| fact.kind == FactKind::Captured).count();
    assert_eq!(captures, 1);
    assert!(identified(&fetched).contains(&identified(&[taken])[0]));
}

/// A voided payment takes no money any more; voiding it again is the same.
pub async fn a_voided_payment_takes_no_money(f: GatewayFixture) {
    let mut modes = vec![CaptureMode::Automatic];
    if f.gateway.capabilities().manual_capture {
        modes.push(CaptureMode::Manual);
    }
    for mode in modes {
        let (request, created) = f.created(mode).await;
        if mode == CaptureMode::Manual {
            f.told(Act::Pay, &request, &created).await;
        }
        let operation = f.operation(&created);
        let ended = f.gateway.void(&operation).await.unwrap();
        assert_eq!(ended.kind, FactKind::Canceled);
        let again = f.gateway.void(&operation).await.unwrap();
        assert_eq!(identified(&[again]), identified(std::slice::from_ref(&ended)));
        assert!(f.customer.act(Act::Pay, request.payment, &created).await.is_empty());
        if mode == CaptureMode::Manual {
            let refused = f.gateway.capture(&f.operation(&created)).await;
            assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
        }
        let fetched = f.facts(&created).await;
        assert!(!has(&fetched, FactKind::Captured), "{fetched:?}");
        assert!(identified(&fetched).contains(&identified(&[ended])[0]));
    }
}

/// Money that was taken is not let go of by a void.
pub async fn taken_money_is_not_voided(f: GatewayFixture) {
    let (request, created) = f.created(CaptureMode::Automatic).await;
    f.told(Act::Pay, &request, &created).await;
    let refused = f.gateway.void(&f.operation(&created)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
    assert!(has(&f.facts(&created).await, FactKind::Captured));
}

/// One refund gives once however often it is asked for, and all of them never more than was taken.
pub async fn a_refund_gives_once_and_never_too_much(f: GatewayFixture) {
    let (request, created) = f.created(CaptureMode::Automatic).await;
    f.told(Act::Pay, &request, &created).await;
    let (part, rest) = (roubles(10_000), roubles(799));
    let refund = f.refund(&created, part);
    for _ in 0..3 {
        assert_eq!(f.gateway.refund(&refund).await.unwrap(), RefundReport::Succeeded);
    }
    let too_much = f.gateway.refund(&f.refund(&created, roubles(800))).await;
    assert!(
        matches!(too_much, Ok(RefundReport::Refused { .. }) | Err(GatewayError::Refused { .. })),
        "{too_much:?}"
    );
    let last = f.refund(&created, rest);
    assert_eq!(f.gateway.refund(&last).await.unwrap(), RefundReport::Succeeded);
}

/// A webhook is believed only as it was signed, and read only when it says something.
pub async fn only_what_the_provider_signed_is_believed(f: GatewayFixture) {
    let (request, created) = f.created(CaptureMode::Automatic).await;
    let sent = f.customer.act(Act::Pay, request.payment, &created).await;
    for webhook in sent {
        f.gateway.verify_webhook(&webhook, f.now).unwrap();
        let mut bare = webhook.clone();
        bare.headers.clear();
        assert!(f.gateway.verify_webhook(&bare, f.now).is_err());
        let mut changed = webhook.clone();
        changed.body.push(b' ');
        assert!(f.gateway.verify_webhook(&changed, f.now).is_err());
    }
    for body in [&b""[..], b"{", b"\xff"] {
        let garbage = WebhookRequest { headers: Vec::new(), body: body.to_vec() };
        assert!(f.gateway.parse_webhook(&garbage).is_err());
    }
}

/// One test for each clause.
#[macro_export]
macro_rules! gateway_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(gateway, $fixture;
            one_attempt_is_one_payment,
            a_payment_is_found_by_either_name,
            a_webhook_and_an_answer_say_the_same,
            what_is_set_aside_is_taken_once,
            a_voided_payment_takes_no_money,
            taken_money_is_not_voided,
            a_refund_gives_once_and_never_too_much,
            only_what_the_provider_signed_is_believed,
        );
    };
}
