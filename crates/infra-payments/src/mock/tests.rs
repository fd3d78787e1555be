use std::sync::Arc;

use domain::{
    ordering::OrderId,
    payments::{
        AttemptStatus, CaptureMode, CheckoutChoice, CreatedAtProvider, FactKind, GatewayError,
        MockBooks, MockCheckout, PaymentGateway, PaymentId, PaymentRequest, PaymentView,
        ProviderName, ProviderNotice, RefundId, RefundReport, RefundRequest, WebhookRequest,
    },
    shared::money::{Currency, Money},
};
use infra_memory::store::{MemoryMockBooks, MemoryState};
use serde_json::{Value, json};
use test_support::{
    clock::FrozenClock,
    contracts::gateway::{Act, Customer, GatewayFixture},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    ConfiguredMockAccount, MockAccount, MockCheckoutPage, MockGateway, MockProvider, MockScenario,
    MockSettings,
};

fn provider(scenario: MockScenario) -> MockProvider {
    MockProvider::new(MockSettings {
        public_url: "https://shop.example/".to_owned(),
        webhook_secret: "a webhook secret".to_owned(),
        scenario,
    })
    .unwrap()
}

fn account(scenario: MockScenario) -> Arc<dyn MockAccount> {
    Arc::new(ConfiguredMockAccount { provider: provider(scenario) })
}

fn gateway() -> MockGateway {
    let books = Arc::new(MemoryMockBooks::over(MemoryState::default()));
    MockGateway { account: account(MockScenario::None), books }
}

fn page() -> MockCheckoutPage {
    let books = Arc::new(MemoryMockBooks::over(MemoryState::default()));
    MockCheckoutPage { account: account(MockScenario::None), books }
}

fn amount() -> Money {
    Money::new(10_799, Currency::parse("RUB").unwrap())
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn body() -> Value {
    json!({
        "event_id": "e1", "provider_payment_id": "mock_1", "status": "succeeded",
        "amount": "107.99", "currency": "RUB",
    })
}

fn parse(body: &Value) -> Option<ProviderNotice> {
    let request = WebhookRequest { headers: Vec::new(), body: body.to_string().into_bytes() };
    gateway().parse_webhook(&request).ok()
}

fn believed(choice: CheckoutChoice) -> Vec<ProviderNotice> {
    page()
        .report(choice, "mock_1", amount(), now())
        .iter()
        .map(|request| {
            gateway().verify_webhook(request, now()).unwrap();
            gateway().parse_webhook(request).unwrap()
        })
        .collect()
}

/// The customer, who uses the provider's page.
struct Buyer(MockCheckoutPage);

#[async_trait::async_trait]
impl Customer for Buyer {
    async fn act(
        &self,
        act: Act,
        payment: PaymentId,
        created: &CreatedAtProvider,
    ) -> Vec<WebhookRequest> {
        let choice = match act {
            Act::Pay => CheckoutChoice::Pay,
            Act::Decline => CheckoutChoice::Decline,
        };
        let shown = shown(payment, &created.provider_payment_id);
        self.0.choose(choice, &shown, FrozenClock::START).await.unwrap()
    }
}

fn shown(id: PaymentId, name: &str) -> PaymentView {
    PaymentView {
        id,
        order: OrderId::new(Uuid::from_u128(1)),
        amount: amount(),
        provider: ProviderName::Mock,
        capture: CaptureMode::Automatic,
        status: AttemptStatus::Pending,
        provider_payment_id: Some(name.to_owned()),
        checkout_url: None,
        fail_reason: None,
        captured: amount(),
        refunded: amount(),
        created_at: now(),
        updated_at: now(),
    }
}

fn at_work(scenario: MockScenario) -> GatewayFixture {
    let account = account(scenario);
    let books: Arc<dyn MockBooks> = Arc::new(MemoryMockBooks::over(MemoryState::default()));
    let gateway = MockGateway { account: Arc::clone(&account), books: Arc::clone(&books) };
    GatewayFixture::new(Arc::new(gateway), Box::new(Buyer(MockCheckoutPage { account, books })))
}

mod contract {
    test_support::gateway_contract!(std::future::ready(super::at_work(super::MockScenario::None)));
}

fn wanted() -> PaymentRequest {
    PaymentRequest {
        payment: PaymentId::new(Uuid::from_u128(0xab)),
        amount: amount(),
        order_number: "K-00000001".to_owned(),
        capture: CaptureMode::Automatic,
    }
}

#[tokio::test]
async fn the_customer_is_sent_to_the_page_of_the_attempt() {
    let created = at_work(MockScenario::None).gateway.create(&wanted()).await.unwrap();
    assert_eq!(created.provider_payment_id, "mock_000000000000000000000000000000ab");
    let url = "https://shop.example/mock-pay/00000000-0000-0000-0000-0000000000ab";
    assert_eq!(created.checkout_url.as_deref(), Some(url));
}

#[tokio::test]
async fn a_scenario_loses_the_first_request_or_its_answer() {
    for (scenario, has_effect) in
        [(MockScenario::Timeout, false), (MockScenario::ErrorAfterEffect, true)]
    {
        let work = at_work(scenario);
        let (gateway, request) = (work.gateway, wanted());
        let lost = gateway.create(&request).await;
        assert!(matches!(lost, Err(GatewayError::Unknown(_))), "{lost:?}");
        let found = gateway.fetch(request.payment, None).await.unwrap();
        assert_eq!(found.is_some(), has_effect, "{scenario}");
        let created = gateway.create(&request).await.unwrap();
        let name = created.provider_payment_id.clone();
        work.customer.act(Act::Pay, request.payment, &created).await;
        let refund = RefundRequest {
            refund: RefundId::new(Uuid::from_u128(1)),
            provider_payment_id: name,
            amount: amount(),
        };
        let lost = gateway.refund(&refund).await;
        assert!(matches!(lost, Err(GatewayError::Unknown(_))), "{lost:?}");
        assert_eq!(gateway.refund(&refund).await.unwrap(), RefundReport::Succeeded);
    }
}

#[tokio::test]
async fn every_choice_of_the_page_is_in_the_books_and_reported_as_it_says() {
    for (choice, reported, known) in [
        (CheckoutChoice::Pay, vec![FactKind::Captured], FactKind::Captured),
        (CheckoutChoice::Decline, vec![FactKind::Failed], FactKind::Failed),
        (CheckoutChoice::Challenge, vec![FactKind::RequiresAction], FactKind::RequiresAction),
        (CheckoutChoice::Duplicate, vec![FactKind::Captured; 2], FactKind::Captured),
        (CheckoutChoice::Late, vec![], FactKind::Captured),
        (
            CheckoutChoice::Reordered,
            vec![FactKind::Captured, FactKind::RequiresAction, FactKind::Pending],
            FactKind::Captured,
        ),
        (CheckoutChoice::WrongAmount, vec![FactKind::Captured], FactKind::Captured),
    ] {
        let account = account(MockScenario::None);
        let books: Arc<dyn MockBooks> = Arc::new(MemoryMockBooks::over(MemoryState::default()));
        let gateway = MockGateway { account: Arc::clone(&account), books: Arc::clone(&books) };
        let page = MockCheckoutPage { account, books };
        let created = gateway.create(&wanted()).await.unwrap();
        let shown = shown(wanted().payment, &created.provider_payment_id);
        let mut kinds = Vec::new();
        for webhook in page.choose(choice, &shown, now()).await.unwrap() {
            let notice = gateway.parse_webhook(&webhook).unwrap();
            assert_eq!(notice.amount == amount(), choice != CheckoutChoice::WrongAmount);
            kinds.extend(notice.fact.map(|(_, kind)| kind));
        }
        assert_eq!(kinds, reported, "{choice}");
        let fetched = gateway.fetch(shown.id, None).await.unwrap().unwrap();
        assert_eq!(fetched.facts.last().map(|fact| fact.kind), Some(known), "{choice}");
    }
}

#[test]
fn every_status_of_the_contract_says_one_thing() {
    for (status, fact) in [
        ("created", None),
        ("pending", Some(FactKind::Pending)),
        ("requires_action", Some(FactKind::RequiresAction)),
        ("authorized", Some(FactKind::Authorized)),
        ("succeeded", Some(FactKind::Captured)),
        ("paid", Some(FactKind::Captured)),
        ("failed", Some(FactKind::Failed)),
        ("canceled", Some(FactKind::Canceled)),
        ("cancelled", Some(FactKind::Canceled)),
    ] {
        let mut body = body();
        body["status"] = json!(status);
        let notice = parse(&body).unwrap();
        let expected = fact.map(|kind| (kind.as_str().to_owned(), kind));
        assert_eq!(notice.fact, expected, "{status}");
        assert_eq!((notice.event_id.as_str(), notice.amount), ("e1", amount()));
        assert_eq!(notice.reason.is_some(), status == "failed");
    }
}

#[test]
fn anything_else_is_malformed() {
    for key in ["event_id", "provider_payment_id", "status", "amount", "currency"] {
        let mut without = body();
        without.as_object_mut().unwrap().remove(key);
        assert!(parse(&without).is_none(), "without {key}");
        for wrong in [json!(null), json!(107.99), json!(""), json!("\0"), json!([]), json!("-1")] {
            let mut with = body();
            with[key] = wrong.clone();
            let is_good_id = key.ends_with("_id") && wrong == json!("-1");
            assert_eq!(parse(&with).is_some(), is_good_id, "{key} = {wrong}");
        }
    }
    for (key, wrong) in [
        ("status", json!("refunded")),
        ("status", json!("Succeeded")),
        ("amount", json!("107.999")),
        ("currency", json!("rub")),
        ("event_id", json!("x".repeat(256))),
        ("extra", json!(1)),
    ] {
        let mut with = body();
        with[key] = wrong.clone();
        assert!(parse(&with).is_none(), "{key} = {wrong}");
    }
    for body in [json!(null), json!([]), json!("x"), json!({})] {
        assert!(parse(&body).is_none(), "{body}");
    }
    for bytes in [&b""[..], b"{", b"\xff\xfe", br#"{"event_id":"a","event_id":"b"}"#] {
        let request = WebhookRequest { headers: Vec::new(), body: bytes.to_vec() };
        assert!(gateway().parse_webhook(&request).is_err());
    }
}

#[test]
fn what_the_page_sends_is_believed_and_read_back() {
    let kinds = |choice| -> Vec<_> {
        believed(choice).into_iter().filter_map(|notice| notice.fact).map(|fact| fact.1).collect()
    };
    assert_eq!(kinds(CheckoutChoice::Pay), [FactKind::Captured]);
    assert_eq!(kinds(CheckoutChoice::Decline), [FactKind::Failed]);
    assert_eq!(kinds(CheckoutChoice::Challenge), [FactKind::RequiresAction]);
    assert_eq!(kinds(CheckoutChoice::Duplicate), [FactKind::Captured, FactKind::Captured]);
    assert!(
        believed(CheckoutChoice::Pay)
            .iter()
            .all(|notice| { notice.provider_payment_id == "mock_1" && notice.amount == amount() })
    );
}

#[test]
fn pressing_pay_again_says_the_same_thing_again() {
    let ids =
        |choice| -> Vec<_> { believed(choice).into_iter().map(|notice| notice.event_id).collect() };
    assert_eq!(ids(CheckoutChoice::Pay), ids(CheckoutChoice::Pay));
    let twice = ids(CheckoutChoice::Duplicate);
    assert_eq!(twice, [&*twice[0]; 2]);
    assert_ne!(ids(CheckoutChoice::Pay), ids(CheckoutChoice::Decline));
}
