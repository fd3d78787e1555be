//! How many SQL statements a request may cost.

use acceptance::{Client, Stack, TestApp};
use domain::{
    payments::{CheckoutChoice, MockCheckout, WebhookRequest},
    shared::{
        money::{Currency, Money},
        ports::Clock,
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use shaku::HasComponent;

crate::on_both_stacks!(reads_stay_within_their_budget, writes_stay_within_their_budget);

async fn reads_stay_within_their_budget(stack: Stack) -> anyhow::Result<()> {
    let app = quiet(stack).await?;
    for name in ["one", "two", "three"] {
        app.sell(name, 500, 10).await?;
    }
    let product = app.sell("four", 500, 10).await?;
    app.run_until_idle().await?;
    let nobody = app.client();
    let (_, first) = nobody.get("/api/v1/products?limit=2").await?;
    let cursor = first["next_cursor"].as_str().unwrap();
    for (path, budget) in [
        (format!("/api/v1/products/{product}"), 1),
        ("/api/v1/products/four".to_owned(), 1),
        ("/api/v1/products".to_owned(), 2),
        ("/api/v1/products?category=category-of-four".to_owned(), 2),
        (format!("/api/v1/products?cursor={cursor}"), 1),
        ("/api/v1/categories".to_owned(), 1),
    ] {
        let spent = cost(&app, async || Ok(nobody.get(&path).await?.0 == 200)).await?;
        assert!(spent <= budget, "{path}: {spent} statements");
    }
    app.finish().await
}

async fn writes_stay_within_their_budget(stack: Stack) -> anyhow::Result<()> {
    let app = quiet(stack).await?;
    let mut lines = Vec::new();
    for name in ["one", "two", "three"] {
        let product = app.sell(name, 500, 10).await?;
        lines.push(json!({ "product_id": product, "quantity": 1 }));
    }
    let ann = app.client().register("ann@example.com").await?;
    app.run_until_idle().await?;
    signed_in(&ann).await?;

    let body = json!({ "items": lines });
    let placed = async || Ok(ann.post_once("/api/v1/orders", "k", &body).await?.0 == 201);
    let spent = cost(&app, placed).await?;
    assert!(spent <= 7 + 3, "placing an order of 3 lines: {spent} statements");

    let code = json!({ "code": "tea-10", "percent": "10", "total_limit": 9, "user_limit": 1 });
    let staff = app.admin("boss@example.com").await?;
    assert_eq!(staff.post("/api/v1/promo-codes", &code).await?.0, 201);
    app.run_until_idle().await?;
    let bob = app.client().register("bob@example.com").await?;
    app.run_until_idle().await?;
    signed_in(&bob).await?;
    let address = json!({
        "name": "Bob", "line1": "1 Long Street", "city": "Berlin", "postal_code": "10115",
        "country": "DE"
    });
    let body = json!({
        "items": lines, "promo_code": "TEA-10", "shipping_address": address, "note": "Ring twice"
    });
    let placed = async || Ok(bob.post_once("/api/v1/orders", "k", &body).await?.0 == 201);
    let spent = cost(&app, placed).await?;
    assert!(
        spent <= 7 + 3 + 1,
        "placing an order of 3 lines with a promo code: {spent} statements"
    );

    let (_, mine) = ann.get("/api/v1/orders/me").await?;
    let order = mine["items"][0]["id"].as_str().unwrap();
    let (_, payment) = ann.post(&format!("/api/v1/payments/orders/{order}"), &json!({})).await?;
    app.run_until_idle().await?;
    let webhook = paying_webhook(&app, &payment);
    let paid = async || {
        let mut request = app.client().request(Method::POST, "/api/v1/payments/webhook/mock");
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        Ok(request.body(webhook.body.clone()).send().await?.status() == 200)
    };
    let spent = cost(&app, paid).await?;
    assert!(spent <= 10, "a webhook that pays an order of 3 lines: {spent} statements");
    let (_, order) = ann.get(&format!("/api/v1/orders/{order}")).await?;
    assert_eq!(order["status"], "paid");
    app.finish().await
}

/// What the provider sends when the customer has paid.
fn paying_webhook(app: &TestApp, payment: &Value) -> WebhookRequest {
    let (provider, clock): (&dyn MockCheckout, &dyn Clock) =
        (app.module().resolve_ref(), app.module().resolve_ref());
    let currency = Currency::parse(payment["currency"].as_str().unwrap()).unwrap();
    let amount = Money::parse(payment["amount"].as_str().unwrap(), currency).unwrap();
    let known_as = payment["provider_payment_id"].as_str().unwrap();
    provider.report(CheckoutChoice::Pay, known_as, amount, clock.now()).remove(0)
}

/// An app whose worker does nothing behind the counter's back.
async fn quiet(stack: Stack) -> anyhow::Result<TestApp> {
    TestApp::start_quiet(stack).await
}

/// The liveness of the session is in the cache afterwards.
async fn signed_in(client: &Client) -> anyhow::Result<()> {
    assert_eq!(client.get("/api/v1/auth/me").await?.0, 200);
    Ok(())
}

async fn cost(app: &TestApp, call: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<u64> {
    let before = app.statements();
    assert!(call().await?, "the call failed");
    Ok(app.statements() - before)
}
