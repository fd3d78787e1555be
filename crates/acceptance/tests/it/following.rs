//! Orders followed by server-sent events, at the instance that moves them and at another.

use std::time::{Duration, Instant};

use acceptance::{Client, Stack, TestApp};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

crate::on_both_stacks!(
    an_order_is_followed_from_where_one_is,
    a_stream_ends_with_its_session,
    many_followers_ask_the_database_no_more_than_one,
);

/// How long something may take that has to happen within a second: a busy machine adds to it.
const SOON: Duration = Duration::from_secs(3);

/// An order of one unit.
async fn placed(buyer: &Client, product: &str) -> anyhow::Result<String> {
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (status, order) = buyer.post("/api/v1/orders", &wanted).await?;
    anyhow::ensure!(status == 201, "{status} {order}");
    Ok(order["id"].as_str().unwrap().to_owned())
}

/// An open stream, and what of it was not read yet.
struct Following(reqwest::Response, String);

impl Following {
    async fn open(client: &Client, order: &str, last: Option<i64>) -> anyhow::Result<Self> {
        let path = format!("/api/v1/orders/{order}/events");
        let mut request = client.request(Method::GET, &path);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.send().await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        Ok(Self(response, String::new()))
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> anyhow::Result<Option<(i64, Value)>> {
        loop {
            if let Some((block, rest)) = self.1.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let event = match (field("id: "), field("data: ")) {
                    (Some(id), Some(data)) => Some((id.parse()?, serde_json::from_str(data)?)),
                    _ => None,
                };
                self.1 = rest.to_owned();
                if event.is_some() {
                    return Ok(event);
                }
                continue;
            }
            match timeout(Duration::from_secs(30), self.0.chunk()).await?? {
                Some(chunk) => self.1.push_str(std::str::from_utf8(&chunk)?),
                None => return Ok(None),
            }
        }
    }

    /// The status the next event tells.
    async fn status(&mut self) -> anyhow::Result<String> {
        let (_, told) = self.next().await?.ok_or_else(|| anyhow::anyhow!("the stream ended"))?;
        Ok(told["status"].as_str().unwrap().to_owned())
    }
}

async fn an_order_is_followed_from_where_one_is(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let other = match stack {
        Stack::Embedded => None,
        Stack::ScaledOut => Some(app.another().await?),
    };
    let there = other.as_ref().map_or_else(|| app.client(), TestApp::client);
    follow(&app, &there).await?;
    if let Some(other) = other {
        other.finish().await?;
    }
    app.finish().await
}

/// What is done at `app` is told at `there`.
async fn follow(app: &TestApp, there: &Client) -> anyhow::Result<()> {
    let product = app.sell("tea", 500, 10).await?;
    let ann = app.client().register("ann@example.com").await?;
    let bob = app.client().register("bob@example.com").await?;
    let staff = app.admin("boss@example.com").await?;
    let order = placed(&ann, &product).await?;
    let at = |client: &Client| there.with_token_of(client);
    let refused = at(&bob).get(&format!("/api/v1/orders/{order}/events")).await?;
    assert_eq!((refused.0.as_u16(), &refused.1["code"]), (404, &json!("order_not_found")));

    let (mut own, mut of_staff) = (
        Following::open(&at(&ann), &order, None).await?,
        Following::open(&at(&staff), &order, None).await?,
    );
    assert_eq!(
        (own.status().await?, of_staff.status().await?),
        ("pending".into(), "pending".into())
    );
    let pay = format!("/api/v1/payments/orders/{order}");
    let (status, payment) = ann.post(&pay, &json!({})).await?;
    assert_eq!(status, 201, "{payment}");
    ann.press(payment["id"].as_str().unwrap(), "pay").await?;
    let paid = Instant::now();
    assert_eq!((own.status().await?, of_staff.status().await?), ("paid".into(), "paid".into()));
    assert!(paid.elapsed() < SOON, "{:?}", paid.elapsed());
    for (step, status) in [("ship", "shipped"), ("deliver", "delivered")] {
        let path = format!("/api/v1/orders/{order}/{step}");
        assert_eq!(staff.post(&path, &json!({})).await?.0, 200);
        // Sending what nobody began to pack is two steps.
        let mut told = own.status().await?;
        if told == "processing" {
            told = own.status().await?;
        }
        assert_eq!(told, status);
    }
    drop(own);
    let mut again = Following::open(&at(&ann), &order, Some(1)).await?;
    let (version, told) = again.next().await?.unwrap();
    assert_eq!((version, &told["status"], &told["order_id"]), (2, &json!("paid"), &json!(order)));
    let mut newest = Following::open(&at(&ann), &order, None).await?;
    assert_eq!(newest.status().await?, "delivered");
    Ok(())
}

async fn a_stream_ends_with_its_session(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let other = match stack {
        Stack::Embedded => None,
        Stack::ScaledOut => Some(app.another().await?),
    };
    let there = other.as_ref().map_or_else(|| app.client(), TestApp::client);
    signed_out(&app, &there).await?;
    if let Some(other) = other {
        other.finish().await?;
    }
    app.finish().await
}

async fn signed_out(app: &TestApp, there: &Client) -> anyhow::Result<()> {
    let product = app.sell("mate", 500, 10).await?;
    let (ann, eve) = (
        app.client().register("annie@example.com").await?,
        app.client().register("eve@example.com").await?,
    );
    let (order, others) = (placed(&ann, &product).await?, placed(&eve, &product).await?);
    let mut stream = Following::open(&there.with_token_of(&ann), &order, None).await?;
    let mut stays = Following::open(&there.with_token_of(&eve), &others, None).await?;
    assert_eq!(
        (stream.status().await?, stays.status().await?),
        ("pending".into(), "pending".into())
    );
    assert_eq!(ann.request(Method::POST, "/api/v1/auth/logout").send().await?.status(), 204);
    let ended = Instant::now();
    assert_eq!(stream.next().await?, None);
    assert!(ended.elapsed() < SOON, "{:?}", ended.elapsed());
    let cancel = format!("/api/v1/orders/{others}/cancel");
    assert_eq!(eve.post(&cancel, &json!({})).await?.0, 200);
    assert_eq!(stays.status().await?, "cancelled", "of somebody else it goes on");
    Ok(())
}

/// Nine streams of one account for three seconds.
async fn many_followers_ask_the_database_no_more_than_one(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start_quiet(stack).await?;
    let product = app.sell("rooibos", 500, 10).await?;
    let ann = app.client().register("ann@example.com").await?;
    let orders = try_join_all((0..9).map(|_| placed(&ann, &product))).await?;
    let open = orders.iter().map(|order| Following::open(&ann, order, None));
    let mut streams = try_join_all(open).await?;
    for stream in &mut streams {
        assert_eq!(stream.status().await?, "pending");
    }
    app.run_until_idle().await?;
    let (began, before) = (Instant::now(), app.statements());
    // A tick of another stream's clock passes without anything being told.
    let silence = timeout(Duration::from_secs(3), streams[0].next()).await;
    assert!(silence.is_err(), "nothing happened");
    let spent = app.statements() - before;
    // Two looks a second, of two statements each.
    let ticks = u64::try_from(began.elapsed().as_millis() / 500)? + 1;
    assert!((1..=ticks * 2).contains(&spent), "{spent} statements in {ticks} ticks");
    drop(streams);
    app.finish().await
}

#[cfg(feature = "services")]
mod without_redis {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_instance_tells_within_a_second() {
        Box::pin(by_the_clock()).await.expect("the scenario");
    }

    async fn by_the_clock() -> anyhow::Result<()> {
        let none = [("REDIS__URL", String::new())];
        let app = TestApp::start_with(Stack::ScaledOut, &none).await?;
        let other = app.another().await?;
        follow(&app, &other.client()).await?;
        signed_out(&app, &other.client()).await?;
        other.finish().await?;
        app.finish().await
    }
}
