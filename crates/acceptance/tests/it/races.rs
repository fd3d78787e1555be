//! Many buyers at once.

use std::sync::atomic::{AtomicU32, Ordering};

use acceptance::{Client, Stack, TestApp, eventually};
use anyhow::Context;
use futures_util::future::try_join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Mutex;

crate::on_both_stacks!(
    two_hundred_buyers_of_fifty_units_make_exactly_fifty_orders,
    opposite_line_orders_do_not_block_each_other,
    racing_payments_of_one_order_make_one_attempt,
);

async fn two_hundred_buyers_of_fifty_units_make_exactly_fifty_orders(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("last-units", 500, 50).await?;
    let buyer = app.client().register("buyer@example.com").await?;
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let answers = at_once(200, |_| order(&buyer, &body)).await?;
    let placed = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    let refused: Vec<_> =
        answers.iter().filter(|(status, _)| *status != StatusCode::CREATED).collect();
    assert_eq!((placed, refused.len()), (50, 150));
    assert!(refused.iter().all(|(_, body)| body["code"] == "out_of_stock"), "{refused:?}");
    let (_, shown) = buyer.get(&format!("/api/v1/products/{product}")).await?;
    assert_eq!((&shown["available"], &shown["in_stock"]), (&json!(0), &json!(false)));
    app.finish().await
}

async fn opposite_line_orders_do_not_block_each_other(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (one, two) = (app.sell("left", 500, 100).await?, app.sell("right", 500, 100).await?);
    let buyer = app.client().register("buyer@example.com").await?;
    let line = |product: &str| json!({ "product_id": product, "quantity": 1 });
    let there = json!({ "items": [line(&one), line(&two)] });
    let back = json!({ "items": [line(&two), line(&one)] });
    let answers = at_once(60, |at| order(&buyer, if at % 2 == 0 { &there } else { &back })).await?;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::CREATED), "{answers:?}");
    app.finish().await
}

async fn racing_payments_of_one_order_make_one_attempt(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("one", 500, 1).await?;
    let buyer = app.client().register("buyer@example.com").await?;
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (_, placed) = order(&buyer, &body).await?;
    let path = format!("/api/v1/payments/orders/{}", placed["id"].as_str().unwrap());
    let empty = json!({});
    let answers = at_once(20, |_| buyer.post(&path, &empty)).await?;
    let mut attempts: Vec<_> = answers
        .iter()
        .map(|(status, body)| match status.as_u16() {
            201 => body["id"].as_str().unwrap(),
            409 => body["payment"]["id"].as_str().unwrap(),
            other => panic!("{other} {body}"),
        })
        .collect();
    attempts.sort_unstable();
    attempts.dedup();
    assert_eq!(attempts.len(), 1);
    app.finish().await
}

/// Asks again under the same key when it is told to come back later, as a machine that is busy with
/// something else may not let everybody in within a second.
async fn order(buyer: &Client, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let key = format!("race-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let answered = Mutex::new(None);
    eventually(async || {
        let (status, answer) = buyer.post_once("/api/v1/orders", &key, body).await?;
        let is_final = status != StatusCode::SERVICE_UNAVAILABLE;
        *answered.lock().await = Some((status, answer));
        Ok(is_final)
    })
    .await?;
    answered.into_inner().context("no answer")
}

async fn at_once<F>(count: usize, call: impl Fn(usize) -> F) -> anyhow::Result<Vec<F::Ok>>
where
    F: futures_util::TryFuture<Error = anyhow::Error> + Future<Output = Result<F::Ok, F::Error>>,
{
    try_join_all((0..count).map(call)).await
}
