//! A promo code is for as many orders as it says.

use acceptance::Stack;
use serde_json::json;

use super::{Chain, WIDTH, crowd, sized};

crate::on_both_stacks!(a_code_for_ten_is_had_by_ten);

/// 200 buyers at once, and again after some of those who have it called their orders off.
async fn a_code_for_ten_is_had_by_ten(stack: Stack) -> anyhow::Result<()> {
    let (buyers, limit) = (sized(200, 30), sized(10, 4));
    let chain = Chain::open(stack).await?;
    let staff = chain.app.admin("boss@example.com").await?;
    let product = chain.app.sell("tea", 10_000, 1_000_000).await?;
    let code = json!({ "code": "first-ten", "percent": "10", "total_limit": limit });
    let (status, made) = staff.post("/api/v1/promo-codes", &code).await?;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/promo-codes/{}", made["id"].as_str().unwrap());
    let customers = chain.customers(buyers).await?;
    let items = json!([{ "product_id": product, "quantity": 1 }]);
    let body = json!({ "items": items, "promo_code": "FIRST-TEN" });

    let answers = crowd(buyers, WIDTH, |at| customers[at].post("/api/v1/orders", &body)).await?;
    let placed: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).collect();
    // Whoever read the code before its last use was taken is told that it changed.
    let refusals = [json!("promo_code_exhausted"), json!("promo_code_changed")];
    let used_up = answers.iter().filter(|(_, answer)| refusals.contains(&answer["code"])).count();
    assert_eq!((placed.len(), used_up), (limit, buyers - limit), "{answers:?}");
    for (_, order) in &placed {
        assert_eq!((&order["total_price"], &order["discount"]), (&json!("90.00"), &json!("10.00")));
    }
    assert_eq!(staff.get(&path).await?.1["used"], limit);

    let given_back = limit / 2;
    for (_, order) in placed.iter().take(given_back) {
        let cancel = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
        assert_eq!(staff.post(&cancel, &json!({})).await?.0, 200);
    }
    assert_eq!(staff.get(&path).await?.1["used"], limit - given_back);
    let answers = crowd(buyers, WIDTH, |at| customers[at].post("/api/v1/orders", &body)).await?;
    let placed = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(placed, given_back);
    assert_eq!(staff.get(&path).await?.1["used"], limit);
    chain.close().await
}
