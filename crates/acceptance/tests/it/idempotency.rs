//! One effect a key.

use acceptance::{Stack, TestApp};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

crate::on_both_stacks!(
    the_same_key_gives_the_same_answer,
    a_key_belongs_to_one_body_and_one_person,
    parallel_requests_with_one_key_have_one_effect,
    a_payment_key_replays_the_payment,
);

async fn the_same_key_gives_the_same_answer(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 1).await?;
    let ann = app.client().register("ann@example.com").await?;
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let send = || ann.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", "k-1");
    let first = send().json(&body).send().await?;
    assert_eq!(first.status(), 201);
    assert!(!first.headers().contains_key("Idempotent-Replayed"));
    let first = first.text().await?;
    let order: Value = serde_json::from_str(&first)?;
    let cancel = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    assert_eq!(ann.post(&cancel, &json!({})).await?.0, 200);

    // The answer is the one that was given, whatever became of the order since.
    let second = send().json(&body).send().await?;
    assert_eq!(second.status(), 201);
    assert_eq!(second.headers()["Idempotent-Replayed"], "true");
    assert_eq!(second.text().await?, first);
    app.finish().await
}

async fn a_key_belongs_to_one_body_and_one_person(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 9).await?;
    let ann = app.client().register("ann@example.com").await?;
    let bob = app.client().register("bob@example.com").await?;
    let body =
        |quantity: u32| json!({ "items": [{ "product_id": product, "quantity": quantity }] });
    let (_, first) = ann.post_once("/api/v1/orders", "shared", &body(1)).await?;
    let (status, refused) = ann.post_once("/api/v1/orders", "shared", &body(2)).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("idempotency_key_mismatch")));
    let (status, other) = bob.post_once("/api/v1/orders", "shared", &body(1)).await?;
    assert_eq!(status, 201);
    assert_ne!(other["id"], first["id"]);
    app.finish().await
}

async fn parallel_requests_with_one_key_have_one_effect(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 100).await?;
    let ann = app.client().register("ann@example.com").await?;
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let calls = (0..20).map(|_| ann.post_once("/api/v1/orders", "one", &body));
    let answers = try_join_all(calls).await?;
    let placed: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).collect();
    assert!(!placed.is_empty());
    assert!(placed.iter().all(|(_, order)| order["id"] == placed[0].1["id"]));
    // A request that came while the first was running may be told so.
    let others = answers.iter().filter(|(status, _)| *status != 201);
    assert!(others.into_iter().all(|(_, body)| body["code"] == "idempotency_key_in_progress"));
    let (_, mine) = ann.get("/api/v1/orders/me").await?;
    assert_eq!(mine["total"], 1);
    app.finish().await
}

async fn a_payment_key_replays_the_payment(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 1).await?;
    let ann = app.client().register("ann@example.com").await?;
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (_, order) = ann.post("/api/v1/orders", &body).await?;
    let path = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
    let (first_status, first) = ann.post_once(&path, "p-1", &json!({})).await?;
    let (second_status, second) = ann.post_once(&path, "p-1", &json!({})).await?;
    assert_eq!((first_status.as_u16(), second_status.as_u16()), (201, 201));
    assert_eq!(first, second);
    app.finish().await
}
