//! Orders that staff changes before they are paid.

use acceptance::{Stack, TestApp};
use domain::identity::Permission;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

crate::on_both_stacks!(
    staff_changes_what_an_order_is_for,
    edits_and_orders_of_the_same_goods_do_not_block_each_other,
);

fn items(lines: &[(&str, u32)]) -> Value {
    let line =
        |(product, quantity): &(&str, u32)| json!({ "product_id": product, "quantity": quantity });
    json!({ "items": lines.iter().map(line).collect::<Vec<_>>() })
}

async fn staff_changes_what_an_order_is_for(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (tea, rum) = (app.sell("tea", 10_000, 5).await?, app.sell("rum", 20_000, 5).await?);
    let staff =
        app.staff("sam@example.com", &[Permission::OrdersWrite, Permission::OrdersRead]).await?;
    let code = json!({ "code": "tea-10", "percent": "10" });
    assert_eq!(staff.post("/api/v1/promo-codes", &code).await?.0, 201);
    let ann = app.client().register("ann@example.com").await?;
    let mut wanted = items(&[(&tea, 2)]);
    wanted["promo_code"] = json!("tea-10");
    let (status, order) = ann.post("/api/v1/orders", &wanted).await?;
    assert_eq!((status.as_u16(), &order["total_price"]), (201, &json!("180.00")));
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());

    let (status, edited) = staff.patch(&path, &items(&[(&rum, 1), (&tea, 1)])).await?;
    assert_eq!(status, 200, "{edited}");
    assert_eq!((&edited["subtotal"], &edited["discount"]), (&json!("300.00"), &json!("30.00")));
    assert_eq!(edited["total_price"], "270.00");
    let left = async |product: &str| {
        let (_, shown) = ann.get(&format!("/api/v1/products/{product}")).await?;
        anyhow::Ok(shown["available"].clone())
    };
    assert_eq!((left(&tea).await?, left(&rum).await?), (json!(4), json!(4)));
    let (status, short) = staff.patch(&path, &items(&[(&tea, 6)])).await?;
    assert_eq!((status.as_u16(), &short["code"]), (409, &json!("out_of_stock")));
    assert_eq!(ann.patch(&path, &items(&[(&tea, 1)])).await?.0, 403);

    let (_, found) = staff.get("/api/v1/orders?status=pending&limit=5").await?;
    assert_eq!((&found["total"], &found["items"][0]["id"]), (&json!(1), &order["id"]));
    let (_, found) = staff.get("/api/v1/orders?status=paid").await?;
    assert_eq!(found["total"], 0);

    let pay = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
    let (status, payment) = ann.post(&pay, &json!({})).await?;
    assert_eq!((status.as_u16(), &payment["amount"]), (201, &json!("270.00")));
    let (status, refused) = staff.patch(&path, &items(&[(&tea, 1)])).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("order_being_paid")));
    let address = json!({
        "name": "Ann", "company": "Чай & Co", "line1": "1 Long Street", "city": "Berlin",
        "postal_code": "10115", "country": "DE"
    });
    let elsewhere = json!({ "shipping_address": address, "note": "Ring twice" });
    assert_eq!(ann.patch(&path, &elsewhere).await?.0, 403);
    let (status, moved) = staff.patch(&path, &elsewhere).await?;
    assert_eq!((status.as_u16(), &moved["note"]), (200, &json!("Ring twice")));
    let (_, shown) = ann.get(&format!("{path}?include=timeline")).await?;
    assert_eq!(shown["shipping_address"]["company"], "Чай & Co");
    assert_eq!(
        (&shown["billing_address"], &shown["total_price"]),
        (&Value::Null, &json!("270.00"))
    );
    let steps = shown["timeline"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["event"], "ordering.order_edited.v1");
    app.finish().await
}

async fn edits_and_orders_of_the_same_goods_do_not_block_each_other(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (one, two) = (app.sell("one", 500, 1_000).await?, app.sell("two", 500, 1_000).await?);
    let staff = app.staff("sam@example.com", &[Permission::OrdersWrite]).await?;
    let ann = app.client().register("ann@example.com").await?;
    let mut paths = Vec::new();
    for lines in [[(one.as_str(), 5)], [(two.as_str(), 5)]].iter().cycle().take(6) {
        let (_, order) = ann.post("/api/v1/orders", &items(lines)).await?;
        paths.push(format!("/api/v1/orders/{}", order["id"].as_str().unwrap()));
    }
    // Edits give one thing back and take the other, in both directions.
    let changes = (0..24).map(|at: usize| {
        let (path, staff, ann) = (&paths[at % paths.len()], &staff, &ann);
        let lines = match at % 3 {
            0 => items(&[(&two, 3)]),
            1 => items(&[(&one, 3)]),
            _ => items(&[(&two, 1), (&one, 2)]),
        };
        async move {
            if at % 4 == 3 {
                ann.post("/api/v1/orders", &lines).await
            } else {
                staff.patch(path, &lines).await
            }
        }
    });
    for (status, answer) in try_join_all(changes).await? {
        assert!(status.is_success() || answer["code"] == "busy", "{status} {answer}");
    }
    app.finish().await
}
