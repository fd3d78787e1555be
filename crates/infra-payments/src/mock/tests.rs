use std::sync::Arc;

use domain::{
    payments::{
        CheckoutChoice, FactKind, MockCheckout, PaymentGateway, PaymentId, PaymentRequest,
        ProviderNotice, RefundId, RefundReport, RefundRequest, WebhookRequest,
    },
    shared::money::{Currency, Money},
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    ConfiguredMockAccount, MockAccount, MockCheckoutPage, MockGateway, MockProvider, MockSettings,
};

fn provider() -> MockProvider {
    MockProvider::new(MockSettings {
        public_url: "https://shop.example/".to_owned(),
        webhook_secret: "a webhook secret".to_owned(),
    })
    .unwrap()
}

fn account() -> Arc<dyn MockAccount> {
    Arc::new(ConfiguredMockAccount { provider: provider() })
}

fn gateway() -> MockGateway {
    MockGateway { account: account() }
}

fn page() -> MockCheckoutPage {
    MockCheckoutPage { account: account() }
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

#[tokio::test]
async fn the_same_attempt_asked_for_twice_is_the_same_payment() {
    let payment = PaymentId::new(Uuid::from_u128(0xab));
    let request =
        PaymentRequest { payment, amount: amount(), order_number: "K-00000001".to_owned() };
    let created = gateway().create(&request).await.unwrap();
    assert_eq!(created.provider_payment_id, "mock_000000000000000000000000000000ab");
    let url = "https://shop.example/mock-pay/00000000-0000-0000-0000-0000000000ab";
    assert_eq!(created.checkout_url.as_deref(), Some(url));
    assert_eq!(gateway().create(&request).await.unwrap(), created);
}

#[tokio::test]
async fn a_refund_succeeds_however_often_it_is_asked_for() {
    let request = RefundRequest {
        refund: RefundId::new(Uuid::from_u128(1)),
        provider_payment_id: "mock_1".to_owned(),
        amount: amount(),
    };
    for _ in 0..2 {
        assert_eq!(gateway().refund(&request).await.unwrap(), RefundReport::Succeeded);
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
    assert_eq!(kinds(CheckoutChoice::Challenge), [FactKind::RequiresAction, FactKind::Captured]);
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
