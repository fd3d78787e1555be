//! Money is taken once, given back as often as it was taken, and never kept without an order.

use std::{collections::HashSet, time::Duration};

use acceptance::{Stack, eventually_in};
use domain::payments::CheckoutChoice;
use futures_util::future::join;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::{Chain, WIDTH, crowd, sized};
use crate::payments::{a_minute_passes, begun, text};

crate::on_both_stacks!(
    cancelling_against_a_report_ends_paid_or_refunded,
    payments_of_one_order_make_one_attempt_at_the_provider,
    refunds_give_back_what_was_taken_and_no_more,
);

/// How long all the money may be on its way.
const PATIENCE: Duration = Duration::from_secs(if cfg!(feature = "proofs") { 300 } else { 30 });

/// Times something is asked for again.
const TRIES: usize = 20;

/// 500 orders are cancelled while their money is reported, to another process where there is one,
/// and there is too little stock to take all of them again: each ends paid and kept, or cancelled
/// and refunded.
async fn cancelling_against_a_report_ends_paid_or_refunded(stack: Stack) -> anyhow::Result<()> {
    let races = sized(500, 12);
    let chain = Chain::open(stack).await?;
    let product = chain.app.sell("darjeeling", 500, i64::try_from(races)?).await?;
    let ann = chain.app.client().register("ann@example.com").await?;
    let there = chain.caller(1).with_token_of(&ann);
    let race = |at: usize| {
        let (near, far) = if at.is_multiple_of(2) { (&ann, &there) } else { (&there, &ann) };
        let (app, product) = (&chain.app, &product);
        async move {
            let (order, payment) = begun(near, product).await?;
            let path = format!("/api/v1/orders/{}", text(&order, "id"));
            let webhook = app.reports(CheckoutChoice::Pay, &payment)?.remove(0);
            let (cancel, nothing) = (format!("{path}/cancel"), json!({}));
            let (cancelled, told) =
                join(near.post(&cancel, &nothing), far.deliver("mock", &webhook)).await;
            let (cancelled, told) = (cancelled?.0.as_u16(), told?.0.as_u16());
            assert!([200, 409].contains(&cancelled), "{cancelled}");
            assert_eq!(told, 200);
            Ok(path)
        }
    };
    let mut open = crowd(races, WIDTH, race).await?;
    let (mut kept, mut refunded) = (0, 0);
    for path in &mut open {
        eventually_in(PATIENCE, async || {
            let (_, order) = ann.get(path).await?;
            let end = (text(&order, "status"), text(&order, "payment_status"));
            if matches!(end, ("paid", "paid") | ("cancelled", "refunded")) {
                return Ok(true);
            }
            a_minute_passes(&chain.app).await?;
            chain.app.run_until_idle().await?;
            Ok(false)
        })
        .await?;
        match text(&ann.get(path).await?.1, "status") {
            "paid" => kept += 1,
            _ => refunded += 1,
        }
    }
    assert_eq!(kept + refunded, races);
    chain.close().await
}

/// 100 calls for one order at once, at both processes.
async fn payments_of_one_order_make_one_attempt_at_the_provider(
    stack: Stack,
) -> anyhow::Result<()> {
    let (calls, orders) = (sized(100, 20), sized(10, 1));
    let chain = Chain::open(stack).await?;
    let product = chain.app.sell("assam", 500, 100).await?;
    let ann = chain.app.client().register("ann@example.com").await?;
    let there = chain.caller(1).with_token_of(&ann);
    let mut attempts = HashSet::new();
    for _ in 0..orders {
        let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
        let (status, order) = ann.post("/api/v1/orders", &wanted).await?;
        assert_eq!(status, 201, "{order}");
        let path = format!("/api/v1/payments/orders/{}", text(&order, "id"));
        let nothing = json!({});
        let pay = |at: usize| {
            let (client, path, nothing) =
                (if at.is_multiple_of(2) { &ann } else { &there }, &path, &nothing);
            async move {
                // Whoever had to wait too long for the others is told to come again.
                for _ in 0..TRIES {
                    let answer = client.post(path, nothing).await?;
                    if answer.0 != 503 {
                        return Ok(answer);
                    }
                }
                anyhow::bail!("{path} is never answered")
            }
        };
        let mut own = HashSet::new();
        for (status, answer) in crowd(calls, calls, pay).await? {
            match status.as_u16() {
                201 => own.insert(text(&answer, "id").to_owned()),
                409 => own.insert(text(&answer["payment"], "id").to_owned()),
                _ => panic!("{status} {answer}"),
            };
        }
        assert_eq!(own.len(), 1, "one attempt");
        attempts.extend(own);
    }
    // Everything the provider was ever asked to take stands in its books.
    let books = "SELECT name FROM mock_entries WHERE name LIKE 'mock\\_%' ESCAPE '\\'";
    let connection = chain.app.connection();
    let backend = connection.get_database_backend();
    let entries = connection.query_all_raw(Statement::from_string(backend, books)).await?;
    let at_provider: HashSet<String> =
        entries.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
    let expected: HashSet<_> =
        attempts.iter().map(|id| format!("mock_{}", id.replace('-', ""))).collect();
    assert_eq!(at_provider, expected);
    chain.close().await
}

/// 50 calls for a tenth each, at once, at both processes.
async fn refunds_give_back_what_was_taken_and_no_more(stack: Stack) -> anyhow::Result<()> {
    let (calls, orders) = (sized(50, 15), sized(10, 1));
    let chain = Chain::open(stack).await?;
    let product = chain.app.sell("sencha", 500, 100).await?;
    let ann = chain.app.client().register("ann@example.com").await?;
    let staff = chain.app.admin("boss@example.com").await?;
    let there = chain.caller(1).with_token_of(&staff);
    for round in 0..orders {
        let (order, payment) = begun(&ann, &product).await?;
        ann.press(text(&payment, "id"), "pay").await?;
        let path = format!("/api/v1/orders/{}", text(&order, "id"));
        for step in ["ship", "deliver"] {
            assert_eq!(staff.post(&format!("{path}/{step}"), &json!({})).await?.0, 200);
        }
        let (refund, tenth) = (format!("{path}/refund"), json!({ "amount": "0.50" }));
        let give = |at: usize| {
            let (client, key) = (
                if at.is_multiple_of(2) { &staff } else { &there },
                format!("refund-{round}-{at}"),
            );
            let (refund, tenth) = (&refund, &tenth);
            async move { client.post_once(refund, &key, tenth).await }
        };
        let answers = crowd(calls, calls, give).await?;
        let given = answers.iter().filter(|(status, _)| *status == 200).count();
        let refused =
            answers.iter().filter(|(_, answer)| answer["code"] == "refund_exceeds_payment").count();
        assert_eq!((given, refused), (10, calls - 10), "{answers:?}");
        let of_payment = format!("/api/v1/payments/{}", text(&payment, "id"));
        eventually_in(PATIENCE, async || {
            chain.app.run_until_idle().await?;
            let (_, shown) = ann.get(&of_payment).await?;
            a_minute_passes(&chain.app).await?;
            Ok(shown["refunded"] == "5.00")
        })
        .await?;
        assert_eq!(text(&ann.get(&path).await?.1, "payment_status"), "refunded");
    }
    chain.close().await
}
