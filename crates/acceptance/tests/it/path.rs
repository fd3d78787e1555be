//! From an account to a confirmation mail.

use acceptance::{Client, Stack, TestApp, eventually};
use domain::payments::CheckoutChoice;
use serde_json::{Value, json};

crate::on_both_stacks!(
    a_newcomer_buys_something_and_gets_a_mail,
    a_declined_payment_can_be_tried_again,
    money_that_comes_after_cancelling_reinstates_the_order,
    a_cancelled_order_gives_its_stock_back,
    a_paid_order_is_sent_and_part_of_its_money_goes_back,
    fifty_refunds_of_a_tenth_are_ten,
);

async fn a_newcomer_buys_something_and_gets_a_mail(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("green-tea", 10_799, 5).await?;
    let ann = app.client().register("Ann@Example.com").await?;

    let login = [("username", "ann@example.com"), ("password", "correct horse battery")];
    let answer = ann.request(reqwest::Method::POST, "/api/v1/auth/login").form(&login).send();
    let tokens: Value = answer.await?.json().await?;
    let ann = ann.with_token(tokens["access_token"].as_str().unwrap());

    let (_, categories) = ann.get("/api/v1/categories").await?;
    assert_eq!(categories["items"][0]["slug"], "category-of-green-tea");
    let (_, shown) = ann.get(&format!("/api/v1/products/{product}")).await?;
    assert_eq!((&shown["price"], &shown["currency"]), (&json!("107.99"), &json!("RUB")));
    assert_eq!((&shown["in_stock"], &shown["available"]), (&json!(true), &json!(5)));

    let wanted = json!({ "items": [{ "product_id": product, "quantity": 2 }] });
    let (status, order) = ann.post("/api/v1/orders", &wanted).await?;
    assert_eq!(status, 201, "{order}");
    assert_eq!((&order["status"], &order["total_price"]), (&json!("pending"), &json!("215.98")));
    let order_path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());

    let pay = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
    let (status, payment) = ann.post(&pay, &json!({})).await?;
    assert_eq!(status, 201, "{payment}");
    assert_eq!(payment["amount"], "215.98");
    let (status, again) = ann.post(&pay, &json!({})).await?;
    assert_eq!((status.as_u16(), &again["code"]), (409, &json!("payment_active")));

    let pressed = ann.press(payment["id"].as_str().unwrap(), "duplicate").await?;
    assert!(pressed.is_success() || pressed.is_redirection(), "{pressed}");
    let (_, paid) = ann.get(&order_path).await?;
    assert_eq!((&paid["status"], &paid["payment_status"]), (&json!("paid"), &json!("paid")));
    assert_eq!(paid["expires_at"], Value::Null);

    // A welcome, the proof of the address, and the confirmation of the order.
    wait_for_mails(&app, 3).await?;
    let (_, mails) = ann.get("/dev/mail?format=json").await?;
    let subjects: Vec<_> = mails["items"].as_array().unwrap().iter().collect();
    let number = order["number"].as_str().unwrap();
    let confirmations =
        subjects.iter().filter(|mail| mail["text"].as_str().unwrap().contains(number)).count();
    assert_eq!((subjects.len(), confirmations), (3, 1), "{mails}");
    app.finish().await
}

async fn a_declined_payment_can_be_tried_again(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("black-tea", 500, 1).await?;
    let bob = app.client().register("bob@example.com").await?;
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (_, order) = bob.post("/api/v1/orders", &wanted).await?;
    let id = order["id"].as_str().unwrap();
    let pay = format!("/api/v1/payments/orders/{id}");

    let (_, first) = bob.post(&pay, &json!({})).await?;
    bob.press(first["id"].as_str().unwrap(), "decline").await?;
    let path = format!("/api/v1/payments/{}", first["id"].as_str().unwrap());
    let (_, declined) = bob.get(&path).await?;
    assert_eq!(declined["status"], "failed", "{declined}");

    let (status, second) = bob.post(&pay, &json!({ "provider": "mock" })).await?;
    assert_eq!(status, 201, "{second}");
    let second = second["id"].as_str().unwrap();
    bob.press(second, "challenge").await?;
    let (_, sent_on) = bob.get(&format!("/api/v1/payments/{second}")).await?;
    assert_eq!(sent_on["status"], "requires_action", "{sent_on}");
    bob.press(second, "pay").await?;
    let (_, paid) = bob.get(&format!("/api/v1/orders/{id}")).await?;
    assert_eq!(paid["status"], "paid", "{paid}");
    let (status, late) = bob.post(&pay, &json!({})).await?;
    assert_eq!((status.as_u16(), &late["code"]), (409, &json!("order_not_payable")));
    app.finish().await
}

async fn money_that_comes_after_cancelling_reinstates_the_order(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("oolong", 500, 1).await?;
    let eve = app.client().register("eve@example.com").await?;
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let mut orders = Vec::new();
    for _ in 0..2 {
        // The unit is free again each time: the order before was cancelled.
        let (status, order) = eve.post("/api/v1/orders", &wanted).await?;
        assert_eq!(status, 201, "{order}");
        let id = order["id"].as_str().unwrap().to_owned();
        let (_, payment) = eve.post(&format!("/api/v1/payments/orders/{id}"), &json!({})).await?;
        let (status, _) = eve.post(&format!("/api/v1/orders/{id}/cancel"), &json!({})).await?;
        assert_eq!(status, 200);
        orders.push((id, payment));
    }
    // The money was taken before the provider heard that it was not wanted any more.
    for (_, payment) in &orders {
        for webhook in app.reports(CheckoutChoice::Pay, payment)? {
            assert_eq!(eve.deliver("mock", &webhook).await?.0, 200);
        }
    }
    app.run_until_idle().await?;
    let (_, kept) = eve.get(&format!("/api/v1/orders/{}", orders[0].0)).await?;
    assert_eq!((&kept["status"], &kept["payment_status"]), (&json!("paid"), &json!("paid")));
    let refunded = async || {
        let (_, order) = eve.get(&format!("/api/v1/orders/{}", orders[1].0)).await?;
        anyhow::Ok(order["status"] == "cancelled" && order["payment_status"] == "refunded")
    };
    eventually(refunded).await?;
    app.finish().await
}

async fn a_cancelled_order_gives_its_stock_back(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("rooibos", 500, 3).await?;
    let joe = app.client().register("joe@example.com").await?;
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 3 }] });
    let (_, order) = joe.post("/api/v1/orders", &wanted).await?;
    let (status, short) = joe.post("/api/v1/orders", &wanted).await?;
    assert_eq!((status.as_u16(), &short["code"]), (409, &json!("out_of_stock")));
    assert_eq!(short["shortages"][0]["left"], 0, "{short}");

    let stranger = app.client().register("mallory@example.com").await?;
    let cancel = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    assert_eq!(stranger.post(&cancel, &json!({})).await?.0, 404);
    assert_eq!(joe.post(&cancel, &json!({})).await?.0, 200);
    let (status, refused) = joe.post(&cancel, &json!({})).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("invalid_transition")));
    assert_eq!(joe.post("/api/v1/orders", &wanted).await?.0, 201);
    app.finish().await
}

async fn wait_for_mails(app: &TestApp, count: usize) -> anyhow::Result<()> {
    eventually(async || {
        app.run_until_idle().await?;
        let (_, mails) = app.client().get("/dev/mail?format=json").await?;
        Ok(mails["items"].as_array().is_some_and(|items| items.len() >= count))
    })
    .await
}

/// An order of two units for 20.00, paid.
async fn paid_order(app: &TestApp, buyer: &Client) -> anyhow::Result<Value> {
    let product = app.sell("white-tea", 1_000, 9).await?;
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 2 }] });
    let (_, order) = buyer.post("/api/v1/orders", &wanted).await?;
    let pay = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
    let (_, payment) = buyer.post(&pay, &json!({})).await?;
    buyer.press(payment["id"].as_str().unwrap(), "pay").await?;
    Ok(order)
}

async fn a_paid_order_is_sent_and_part_of_its_money_goes_back(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    let staff = app.admin("boss@example.com").await?;
    let order = paid_order(&app, &ann).await?;
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());

    let line = json!({ "items": [{ "line_id": order["items"][0]["id"], "quantity": 1 }] });
    let (status, part) = staff.post(&format!("{path}/ship"), &line).await?;
    assert_eq!((status.as_u16(), &part["status"]), (200, &json!("partially_shipped")), "{part}");
    let (status, early) = staff.post(&format!("{path}/refund"), &json!({})).await?;
    assert_eq!((status.as_u16(), &early["code"]), (409, &json!("invalid_transition")), "{early}");
    for (step, reached) in [("ship", "shipped"), ("deliver", "delivered")] {
        let (status, order) = staff.post(&format!("{path}/{step}"), &json!({})).await?;
        assert_eq!((status.as_u16(), &order["status"]), (200, &json!(reached)), "{order}");
    }
    let (status, _) = staff.post(&format!("{path}/refund"), &json!({ "amount": "5.00" })).await?;
    assert_eq!(status, 200);
    let shown = money_is(&app, &ann, &path, "partially_refunded").await?;
    assert_eq!(shown["payments"][0]["refunded"], "5.00");
    app.finish().await
}

async fn fifty_refunds_of_a_tenth_are_ten(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    let staff = app.admin("boss@example.com").await?;
    let order = paid_order(&app, &ann).await?;
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    for step in ["ship", "deliver"] {
        staff.post(&format!("{path}/{step}"), &json!({})).await?;
    }
    let (staff, refund) = (&staff, format!("{path}/refund"));
    let tenth = json!({ "amount": "2.00" });
    let calls = (0..50).map(|_| staff.post(&refund, &tenth));
    let answers = futures_util::future::try_join_all(calls).await?;
    let given = answers.iter().filter(|(status, _)| status.is_success()).count();
    assert_eq!(given, 10, "{answers:?}");
    assert!(answers.iter().all(|(status, _)| status.is_success() || status.as_u16() == 409));
    let shown = money_is(&app, &ann, &path, "refunded").await?;
    assert_eq!(shown["payments"][0]["refunded"], "20.00");
    app.finish().await
}

/// Waits until the worker has carried out what was decided; answers the order.
async fn money_is(
    app: &TestApp,
    client: &Client,
    order: &str,
    payment_status: &str,
) -> anyhow::Result<Value> {
    let path = format!("{order}?include=payments");
    eventually(async || {
        app.run_until_idle().await?;
        Ok(client.get(&path).await?.1["payment_status"] == payment_status)
    })
    .await?;
    Ok(client.get(&path).await?.1)
}
