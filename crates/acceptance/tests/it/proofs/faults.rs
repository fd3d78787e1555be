//! A fault at every step between a cart and a refund: whatever fails, and however, asking again
//! ends with one order, paid once, sent once and given back once.

use std::time::Duration;

use acceptance::{Client, Stack, TestApp, eventually_in};
use reqwest::StatusCode;
use serde_json::{Value, json};
use test_support::flaky::{Faults, Mishap};

use super::sized;
use crate::payments::{a_minute_passes, text};

crate::on_both_stacks!(every_step_from_cart_to_refund_may_fail);

/// Every how many steps one is failed.
const STRIDE: usize = sized(1, 17);
/// Units of each order, and all there are.
const UNITS: i64 = 2;
const STOCK: i64 = 100_000;
const PATIENCE: Duration = Duration::from_secs(60);
/// Times something is asked for again.
const TRIES: usize = 20;

struct Path<'a> {
    app: &'a TestApp,
    faults: &'a Faults,
    ann: Client,
    staff: Client,
    product: String,
}

async fn every_step_from_cart_to_refund_may_fail(stack: Stack) -> anyhow::Result<()> {
    let faults = Faults::none();
    let app = TestApp::start_faulty(stack, &faults, &super::patient()).await?;
    let product = app.sell("tea", 500, STOCK).await?;
    let ann = app.client().register("ann@example.com").await?;
    let staff = app.admin("boss@example.com").await?;
    let path = Path { app: &app, faults: &faults, ann, staff, product };

    faults.disarm();
    path.walk("none").await?;
    let steps = faults.steps();
    assert!(steps >= 40, "{steps} steps");
    let (mut journeys, mut spared) = (1, 0);
    for mishap in [Mishap::Before, Mishap::After, Mishap::Crash] {
        for step in (1..=steps).step_by(STRIDE) {
            faults.arm(step, mishap);
            path.walk(&format!("{mishap:?}-{step}")).await?;
            if faults.is_armed() {
                // Walks differ by some steps: a broker may hand something over twice.
                assert!(faults.steps() < step, "{mishap:?} at step {step} never came");
                spared += 1;
            }
            journeys += 1;
        }
    }
    assert!(spared * 20 <= journeys, "{spared} of {journeys} journeys met no fault");
    super::tell(&format!("{journeys} journeys of {steps} steps ended well on {stack:?}"));
    let (_, shown) = app.client().get(&format!("/api/v1/products/{}", path.product)).await?;
    assert_eq!(shown["available"], STOCK - journeys * UNITS, "each order took its units once");
    app.finish().await
}

impl Path<'_> {
    /// From a cart to a refund.
    async fn walk(&self, name: &str) -> anyhow::Result<()> {
        let wanted = json!({ "items": [{ "product_id": self.product, "quantity": UNITS }] });
        let order =
            insist(async || self.ann.post_once("/api/v1/orders", name, &wanted).await).await?;
        let at = format!("/api/v1/orders/{}", text(&order, "id"));
        let pay = format!("/api/v1/payments/orders/{}", text(&order, "id"));
        let nothing = json!({});
        let payment = insist(async || self.ann.post_once(&pay, name, &nothing).await).await?;
        let payment = text(&payment, "id").to_owned();
        self.until(&at, "paid", async || {
            let status = self.ann.press(&payment, "pay").await?;
            Ok((status, Value::Null))
        })
        .await?;
        for (step, status) in [("ship", "shipped"), ("deliver", "delivered")] {
            let step = format!("{at}/{step}");
            self.until(&at, status, async || self.staff.post(&step, &nothing).await).await?;
        }
        for part in ["4.00", "6.00"] {
            let (refund, key) = (format!("{at}/refund"), format!("{name}-{part}"));
            let amount = json!({ "amount": part });
            insist(async || self.staff.post_once(&refund, &key, &amount).await).await?;
        }
        eventually_in(PATIENCE, async || {
            self.app.run_until_idle().await?;
            let (_, order) = self.ann.get(&at).await?;
            if order["payment_status"] == "refunded" {
                return Ok(true);
            }
            // What was not answered is asked for again, once its minute is over.
            a_minute_passes(self.app).await?;
            Ok(false)
        })
        .await?;
        // The rest of the steps are taken by whatever comes next.
        let (_, order) = self.ann.get(&format!("{at}?include=payments")).await?;
        let attempts = order["payments"].as_array().unwrap();
        let [only] = attempts.as_slice() else { panic!("{attempts:?}") };
        assert_eq!((&only["captured"], &only["refunded"]), (&json!("10.00"), &json!("10.00")));
        assert_eq!(
            (&order["status"], &order["total_price"]),
            (&json!("delivered"), &json!("10.00"))
        );
        let (_, mine) = self.ann.get("/api/v1/orders/me?limit=1").await?;
        assert_eq!(mine["items"][0]["id"], order["id"], "no other order was placed");
        Ok(())
    }

    /// Does something until the order at `path` is `status`: it may have been done although it was
    /// said to have failed.
    async fn until(
        &self,
        path: &str,
        status: &str,
        call: impl AsyncFn() -> anyhow::Result<(StatusCode, Value)>,
    ) -> anyhow::Result<()> {
        let mut answers = Vec::new();
        for _ in 0..TRIES {
            answers.push(call().await?);
            a_minute_passes(self.app).await?;
            self.app.run_until_idle().await?;
            if self.ann.get(path).await?.1["status"] == status {
                return Ok(());
            }
        }
        let is_armed = self.faults.is_armed();
        anyhow::bail!("{path} is not {status} (a fault to come: {is_armed}): {answers:?}")
    }
}

/// Asks again, with the same key, until it is done.
async fn insist(
    call: impl AsyncFn() -> anyhow::Result<(StatusCode, Value)>,
) -> anyhow::Result<Value> {
    let mut refusals = Vec::new();
    for _ in 0..TRIES {
        let (status, answer) = call().await?;
        if status.is_success() {
            return Ok(answer);
        }
        // A crash is a bug to whoever asked; everything else says to come again.
        let may_come_again = matches!(status.as_u16(), 500 | 503);
        refusals.push((status, answer));
        anyhow::ensure!(may_come_again, "{refusals:?}");
    }
    anyhow::bail!("it was never done: {refusals:?}")
}
