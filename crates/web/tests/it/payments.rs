use std::sync::Arc;

use actix_web::test::TestRequest;
use web::HttpSettings;

use crate::{signed, site, site_with, stubs::*};

#[actix_web::test]
async fn a_payment_is_begun_with_or_without_a_body() {
    let site = site().await;
    let path = format!("/api/v1/payments/orders/{ORDER}");
    let empty = site.send(signed(TestRequest::post().uri(&path), "customer")).await;
    assert_eq!(empty.status, 201, "{}", empty.text());
    assert_eq!(empty.header("location"), format!("/api/v1/payments/{PAYMENT}"));
    let payment = empty.json();
    assert_eq!(payment["amount"], "215.98");
    assert_eq!(payment["provider"], "mock");
    assert_eq!(payment["status"], "pending");
    assert_eq!(payment["order_id"], ORDER.to_string());
    for body in ["{}", r#"{"provider":"mock"}"#] {
        assert_eq!(site.post_as("customer", &path, body).await.status, 201);
    }
    let odd = site.post_as("customer", &path, r#"{"provider":"bank"}"#).await;
    assert_eq!(odd.problem(422), "unknown_provider");
    let typo = site.post_as("customer", &path, r#"{"providr":"mock"}"#).await;
    assert_eq!(typo.problem(422), "invalid_body");
    let text = signed(TestRequest::post().uri(&path).set_payload("mock"), "customer");
    assert_eq!(site.send(text).await.problem(415), "unsupported_media_type");
}

#[actix_web::test]
async fn a_second_payment_is_refused_with_the_active_one() {
    let site = site().await;
    let path = format!("/api/v1/payments/orders/{PAID_ORDER}");
    let answer = site.post_as("customer", &path, "{}").await;
    assert_eq!(answer.problem(409), "payment_active");
    assert_eq!(answer.json()["payment"]["id"], PAYMENT.to_string());
    assert!(answer.json()["payment"]["checkout_url"].is_string());
}

#[actix_web::test]
async fn a_webhook_reaches_the_store_as_it_came() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let send = async |path: &str, signature: &[&str], body: &'static str| {
        let mut request = TestRequest::post().uri(path).set_payload(body);
        for value in signature {
            request = request.append_header(("Webhook-Signature", *value));
        }
        site.send(request.insert_header(("authorization", "Bearer x"))).await
    };
    let path = "/api/v1/payments/webhook/mock";
    let noted = send(path, &["v1,a"], "{ \"a\":1 }").await;
    assert_eq!(noted.json()["status"], "noted");
    let again = send(path, &["v1,a"], "{ \"a\":1 }").await;
    assert_eq!((again.status, again.json()["status"].as_str()), (200, Some("duplicate")));
    let seen = stub.webhooks.lock().unwrap()[0].request.clone();
    assert_eq!(seen.body, b"{ \"a\":1 }");
    assert_eq!(seen.headers, [("webhook-signature".to_owned(), "v1,a".to_owned())]);
    let unsigned = send(path, &[], "{}").await;
    assert_eq!(unsigned.problem(401), "webhook_signature");
    assert_eq!(send(path, &["v1,a", "v1,b"], "{}").await.problem(401), "webhook_signature");
    assert_eq!(send(path, &["v1,a"], "garbage").await.problem(400), "webhook_malformed");
    assert_eq!(send(path, &["v1,a"], "unknown").await.problem(404), "payment_not_found");
    let bank = send("/api/v1/payments/webhook/bank", &["v1,a"], "{}").await;
    assert_eq!(bank.problem(404), "unknown_provider");
}
