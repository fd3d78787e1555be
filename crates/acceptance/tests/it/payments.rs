//! Money at a provider that loses requests and answers, and in races.

use acceptance::{Client, Stack, TestApp, eventually};
use domain::payments::CheckoutChoice;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

crate::on_both_stacks!(
    money_set_aside_is_taken_when_staff_says_so,
    whatever_the_provider_loses_the_money_arrives_and_goes_back_once,
    a_report_that_comes_before_the_answer_is_kept,
    money_taken_before_the_order_was_cancelled_is_not_lost,
);

/// An order of one unit and an attempt to pay it.
pub(crate) async fn begun(buyer: &Client, product: &str) -> anyhow::Result<(Value, Value)> {
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (status, order) = buyer.post("/api/v1/orders", &wanted).await?;
    assert_eq!(status, 201, "{order}");
    let pay = format!("/api/v1/payments/orders/{}", text(&order, "id"));
    let (status, payment) = buyer.post(&pay, &json!({})).await?;
    assert_eq!(status, 201, "{payment}");
    Ok((order, payment))
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

/// The minute after which the reconciler asks is over.
pub(crate) async fn a_minute_passes(app: &TestApp) -> anyhow::Result<()> {
    for table in ["payments", "payment_operations", "refunds"] {
        let sql = format!("UPDATE {table} SET check_at = 0");
        app.connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Waits until what the API shows at `path` has this value at `field`.
async fn shows(
    app: &TestApp,
    client: &Client,
    path: &str,
    field: &str,
    value: &str,
) -> anyhow::Result<Value> {
    eventually(async || {
        app.run_until_idle().await?;
        Ok(client.get(path).await?.1[field] == value)
    })
    .await?;
    Ok(client.get(path).await?.1)
}

async fn money_set_aside_is_taken_when_staff_says_so(stack: Stack) -> anyhow::Result<()> {
    let manual = ("PAYMENTS__CAPTURE", "manual".to_owned());
    let app = TestApp::start_with(stack, &[manual]).await?;
    let product = app.sell("pu-erh", 500, 3).await?;
    let ann = app.client().register("ann@example.com").await?;
    let staff = app.admin("boss@example.com").await?;
    let (order, payment) = begun(&ann, &product).await?;
    let id = text(&payment, "id");
    let capture = format!("/api/v1/payments/{id}/capture");
    let (status, early) = staff.post(&capture, &json!({})).await?;
    assert_eq!((status.as_u16(), &early["code"]), (409, &json!("payment_wrong_state")));
    ann.press(id, "pay").await?;
    let path = format!("/api/v1/orders/{}", text(&order, "id"));
    let (_, shown) = ann.get(&path).await?;
    assert_eq!(
        (&shown["status"], &shown["payment_status"]),
        (&json!("pending"), &json!("authorized"))
    );
    assert_eq!(ann.post(&capture, &json!({})).await?.0, 403);

    let (status, taken) = staff.post_once(&capture, "k1", &json!({})).await?;
    assert_eq!((status.as_u16(), &taken["status"]), (200, &json!("succeeded")), "{taken}");
    let (status, again) = staff.post_once(&capture, "k1", &json!({})).await?;
    assert_eq!((status.as_u16(), &again), (200, &taken));
    let (_, paid) = ann.get(&path).await?;
    assert_eq!((&paid["status"], &paid["payment_status"]), (&json!("paid"), &json!("paid")));

    let (order, payment) = begun(&ann, &product).await?;
    let id = text(&payment, "id");
    ann.press(id, "pay").await?;
    let (status, ended) = staff.post(&format!("/api/v1/payments/{id}/void"), &json!({})).await?;
    assert_eq!((status.as_u16(), &ended["status"]), (200, &json!("canceled")), "{ended}");
    let (_, open) = ann.get(&format!("/api/v1/orders/{}", text(&order, "id"))).await?;
    assert_eq!((&open["status"], &open["payment_status"]), (&json!("pending"), &json!("voided")));
    app.finish().await
}

async fn whatever_the_provider_loses_the_money_arrives_and_goes_back_once(
    stack: Stack,
) -> anyhow::Result<()> {
    for scenario in ["timeout", "error_after_effect"] {
        let lossy = ("PAYMENTS__MOCK__SCENARIO", scenario.to_owned());
        let app = TestApp::start_with(stack, &[lossy]).await?;
        let product = app.sell("sencha", 500, 3).await?;
        let ann = app.client().register("ann@example.com").await?;
        let staff = app.admin("boss@example.com").await?;
        let (order, payment) = begun(&ann, &product).await?;
        assert_eq!(payment["status"], "created", "{payment}");
        assert_eq!(payment["checkout_url"], Value::Null);
        let payment_path = format!("/api/v1/payments/{}", text(&payment, "id"));
        a_minute_passes(&app).await?;
        let known_as = format!("mock_{}", text(&payment, "id").replace('-', ""));
        shows(&app, &ann, &payment_path, "provider_payment_id", &known_as).await?;
        ann.press(text(&payment, "id"), "pay").await?;
        let path = format!("/api/v1/orders/{}", text(&order, "id"));
        shows(&app, &ann, &path, "status", "paid").await?;
        for step in ["ship", "deliver"] {
            assert_eq!(staff.post(&format!("{path}/{step}"), &json!({})).await?.0, 200);
        }
        for amount in ["1.00", "4.00"] {
            let body = json!({ "amount": amount });
            assert_eq!(staff.post(&format!("{path}/refund"), &body).await?.0, 200);
        }
        eventually(async || {
            a_minute_passes(&app).await?;
            app.run_until_idle().await?;
            Ok(ann.get(&path).await?.1["payment_status"] == "refunded")
        })
        .await?;
        let (_, given) = ann.get(&payment_path).await?;
        assert_eq!((&given["captured"], &given["refunded"]), (&json!("5.00"), &json!("5.00")));
        app.finish().await?;
    }
    Ok(())
}

async fn a_report_that_comes_before_the_answer_is_kept(stack: Stack) -> anyhow::Result<()> {
    let lossy = ("PAYMENTS__MOCK__SCENARIO", "error_after_effect".to_owned());
    let app = TestApp::start_with(stack, &[lossy]).await?;
    let product = app.sell("matcha", 500, 3).await?;
    let ann = app.client().register("ann@example.com").await?;
    let (order, mut payment) = begun(&ann, &product).await?;
    let known_as = format!("mock_{}", text(&payment, "id").replace('-', ""));
    payment["provider_payment_id"] = json!(known_as);
    for webhook in app.reports(CheckoutChoice::Duplicate, &payment)? {
        let (status, answer) = ann.deliver("mock", &webhook).await?;
        assert_eq!((status.as_u16(), &answer["status"]), (200, &json!("parked")));
    }
    a_minute_passes(&app).await?;
    let path = format!("/api/v1/orders/{}", text(&order, "id"));
    shows(&app, &ann, &path, "status", "paid").await?;
    let webhook = app.reports(CheckoutChoice::Pay, &payment)?.remove(0);
    assert_eq!(ann.deliver("mock", &webhook).await?.1["status"], "duplicate");
    payment["provider_payment_id"] = json!("mock_of_somebody_else");
    let stray = app.reports(CheckoutChoice::Pay, &payment)?.remove(0);
    let (status, refused) = ann.deliver("mock", &stray).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (404, &json!("payment_not_found")));
    app.finish().await
}

async fn money_taken_before_the_order_was_cancelled_is_not_lost(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("earl-grey", 500, 3).await?;
    let ann = app.client().register("ann@example.com").await?;
    let (order, payment) = begun(&ann, &product).await?;
    // The provider never reports it.
    ann.press(text(&payment, "id"), "late").await?;
    let path = format!("/api/v1/orders/{}", text(&order, "id"));
    assert_eq!(ann.post(&format!("{path}/cancel"), &json!({})).await?.0, 200);
    let kept = shows(&app, &ann, &path, "status", "paid").await?;
    assert_eq!(kept["payment_status"], "paid");

    let (order, payment) = begun(&ann, &product).await?;
    let path = format!("/api/v1/orders/{}", text(&order, "id"));
    assert_eq!(ann.post(&format!("{path}/cancel"), &json!({})).await?.0, 200);
    let ended = format!("/api/v1/payments/{}", text(&payment, "id"));
    shows(&app, &ann, &ended, "status", "canceled").await?;
    ann.press(text(&payment, "id"), "pay").await?;
    let (_, closed) = ann.get(&path).await?;
    assert_eq!(closed["status"], "cancelled", "the provider takes nothing any more");
    app.finish().await
}
