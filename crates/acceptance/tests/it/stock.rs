//! Counting stock while it is sold.

use acceptance::{Client, Stack, TestApp};
use domain::identity::Permission;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

crate::on_both_stacks!(
    staff_counts_what_customers_buy,
    racing_counts_and_orders_add_up,
    counting_stays_within_its_budget,
);

async fn order(buyer: &Client, product: &str, quantity: u32) -> anyhow::Result<(u16, Value)> {
    let body = json!({ "items": [{ "product_id": product, "quantity": quantity }] });
    let (status, answer) = buyer.post("/api/v1/orders", &body).await?;
    Ok((status.as_u16(), answer))
}

fn count(on_hand: i64) -> Value {
    json!({ "on_hand": on_hand, "reason": "Stocktaking" })
}

async fn staff_counts_what_customers_buy(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 5).await?;
    let staff = app.staff("sam@example.com", &[Permission::CatalogueWrite]).await?;
    let ann = app.client().register("ann@example.com").await?;
    let path = format!("/api/v1/products/{product}/stock");
    assert_eq!(order(&ann, &product, 3).await?.0, 201);

    let (status, refused) = staff.put(&path, &count(2)).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("stock_promised")));
    assert_eq!((&refused["reserved"], &refused["allocated"]), (&json!(3), &json!(0)));
    let (status, stock) = staff.put(&path, &count(7)).await?;
    assert_eq!(status, 200, "{stock}");
    let expected = [("on_hand", 7), ("reserved", 3), ("allocated", 0), ("available", 4)];
    assert!(expected.iter().all(|(field, value)| stock[*field] == *value), "{stock}");
    assert_eq!(staff.put(&path, &count(7)).await?.1, stock);
    assert_eq!(staff.get(&path).await?.1, stock);
    let (_, shown) = ann.get(&format!("/api/v1/products/{product}")).await?;
    assert_eq!(shown["available"], 4);
    assert_eq!(ann.put(&path, &count(99)).await?.0, 403);

    let (_, moved) = staff.get(&format!("{path}/movements")).await?;
    let kinds: Vec<_> = moved["items"].as_array().unwrap().iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["adjust", "reserve", "opening"]);
    assert_eq!((&moved["total"], &moved["items"][0]["reason"]), (&json!(3), &json!("Stocktaking")));

    // What is not counted is never short.
    let body = json!({ "on_hand": 7, "reason": "Made to order", "track_stock": false });
    assert_eq!(staff.put(&path, &body).await?.1["available"], Value::Null);
    assert_eq!(order(&ann, &product, 900).await?.0, 201);
    app.finish().await
}

/// Orders and counts at once: no unit is lost, none is promised twice.
async fn racing_counts_and_orders_add_up(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 10).await?;
    let staff = app.staff("sam@example.com", &[Permission::CatalogueWrite]).await?;
    let ann = app.client().register("ann@example.com").await?;
    let path = format!("/api/v1/products/{product}/stock");
    let orders = try_join_all((0..30).map(|_| order(&ann, &product, 1)));
    let bodies: Vec<_> = [4, 20, 8, 12, 20, 6].map(count).to_vec();
    let counts = try_join_all(bodies.iter().map(|body| staff.put(&path, body)));
    let (orders, counts) = tokio::try_join!(orders, counts)?;
    let sold = orders.iter().filter(|(status, _)| *status == 201).count();
    assert!(counts.iter().all(|(status, _)| [200, 409].contains(&status.as_u16())), "{counts:?}");
    let (_, stock) = staff.get(&path).await?;
    assert_eq!(stock["reserved"], json!(sold));
    assert!(stock["available"].as_i64().unwrap() >= 0, "{stock}");
    let (_, moved) = staff.get(&format!("{path}/movements?limit=100")).await?;
    let moved = moved["items"].as_array().unwrap();
    let sum = |field: &str| moved.iter().map(|row| row[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!(json!(sum("on_hand_change")), stock["on_hand"]);
    assert_eq!(json!(sum("reserved_change")), stock["reserved"]);
    app.finish().await
}

async fn counting_stays_within_its_budget(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start_quiet(stack).await?;
    let product = app.sell("tea", 500, 10).await?;
    let staff = app.staff("sam@example.com", &[Permission::CatalogueWrite]).await?;
    app.run_until_idle().await?;
    assert_eq!(staff.get("/api/v1/auth/me").await?.0, 200);
    let path = format!("/api/v1/products/{product}/stock");
    let movements = format!("{path}/movements");
    for (at, path, budget) in [(0, &path, 1), (1, &movements, 2)] {
        let before = app.statements();
        assert_eq!(staff.get(path).await?.0, 200);
        assert!(app.statements() - before <= budget, "read {at}");
    }
    // Looked up, counted, moved, and noted in the audit log and the outbox.
    let body = json!({ "on_hand": 0, "reason": "Burnt", "low_stock_threshold": 3 });
    let before = app.statements();
    assert_eq!(staff.put(&path, &body).await?.0, 200);
    let spent = app.statements() - before;
    assert!(spent <= 6, "{spent} statements");
    app.finish().await
}
