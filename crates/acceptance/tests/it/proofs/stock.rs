//! No unit is sold twice, and nobody waits for somebody who waits for them.

use acceptance::Stack;
use serde_json::json;

use super::{Chain, WIDTH, crowd, sized};

crate::on_both_stacks!(
    exactly_what_there_is_is_sold,
    orders_of_the_same_goods_in_any_order_do_not_block_each_other,
);

/// 1,000 buyers of 100 units, 20 times.
async fn exactly_what_there_is_is_sold(stack: Stack) -> anyhow::Result<()> {
    let (buyers, units, rounds) = (sized(1_000, 40), sized(100, 10), sized(20, 2));
    let chain = Chain::open(stack).await?;
    let customers = chain.customers(buyers).await?;
    for round in 0..rounds {
        let there_are = i64::try_from(units)?;
        let product = chain.app.sell(&format!("round-{round}"), 500, there_are).await?;
        let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
        let answers =
            crowd(buyers, WIDTH, |at| customers[at].post("/api/v1/orders", &body)).await?;
        let sold = answers.iter().filter(|(status, _)| *status == 201).count();
        let short = answers.iter().filter(|(_, answer)| answer["code"] == "out_of_stock").count();
        assert_eq!((sold, short), (units, buyers - units), "round {round}");
        let (_, shown) = chain.caller(1).get(&format!("/api/v1/products/{product}")).await?;
        assert_eq!((&shown["available"], &shown["in_stock"]), (&json!(0), &json!(false)));
    }
    chain.close().await
}

/// Orders of up to five of the same goods, each in an order of its own.
async fn orders_of_the_same_goods_in_any_order_do_not_block_each_other(
    stack: Stack,
) -> anyhow::Result<()> {
    let count = sized(2_000, 60);
    let chain = Chain::open(stack).await?;
    let customers = chain.customers(8).await?;
    let mut goods = Vec::new();
    for name in ["one", "two", "three", "four", "five"] {
        goods.push(chain.app.sell(name, 500, 1_000_000).await?);
    }
    let place = |at: usize| {
        let mut lines: Vec<_> = goods
            .iter()
            .take(2 + at % 4)
            .map(|product| json!({ "product_id": product, "quantity": 1 + at % 3 }))
            .collect();
        lines.rotate_left(at % goods.len().min(2 + at % 4));
        if at % 2 == 1 {
            lines.reverse();
        }
        let (customer, body) = (customers[at % customers.len()].clone(), json!({ "items": lines }));
        async move { customer.post("/api/v1/orders", &body).await }
    };
    let answers = crowd(count, WIDTH, place).await?;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 201).collect();
    assert!(refused.is_empty(), "{refused:?}");
    chain.close().await
}
