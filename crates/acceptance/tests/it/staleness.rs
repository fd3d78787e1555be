//! How old what is read may be: on the instance that wrote not at all, on others a second.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use acceptance::{Client, Stack, TestApp};
use futures_util::future::{try_join, try_join_all};
use serde_json::json;

crate::on_both_stacks!(the_instance_that_wrote_shows_every_write);

const UNITS: usize = 100_000;
const READERS: usize = 4;
/// What the store promises of other instances.
#[cfg(feature = "services")]
const OLDEST: std::time::Duration = std::time::Duration::from_secs(1);

async fn the_instance_that_wrote_shows_every_write(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start_quiet(stack).await?;
    let shelf = Shelf::fill(&app).await?;
    let reading = shelf.read(&app, READERS, |asked, told| told <= asked);
    try_join(shelf.sell_one_by_one(100, async |_| Ok(())), reading).await?;
    let (_, at_rest) = cost(&app, async || shelf.read_some(&app, 100).await).await?;
    assert!(at_rest <= 2 + 100 / 10, "{at_rest} statements for 100 reads");
    app.finish().await
}

#[cfg(feature = "services")]
mod two_instances {
    use acceptance::{RedisMood, RedisProxy, Stack, TestApp};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn show_each_other_s_writes_within_a_second_whatever_becomes_of_redis() {
        Box::pin(whatever_becomes_of_redis()).await.expect("the scenario");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn show_each_other_s_writes_within_a_second_without_redis() {
        Box::pin(without_redis()).await.expect("the scenario");
    }

    async fn whatever_becomes_of_redis() -> anyhow::Result<()> {
        let redis = RedisProxy::start().await?;
        let variables = [("REDIS__URL", redis.url())];
        let app = TestApp::start_with(Stack::ScaledOut, &variables).await?;
        let prefix = app.redis_namespace();
        Box::pin(run(app, 180, async |written| {
            match written {
                30 => redis.set(RedisMood::Stalled),
                60 => redis.set(RedisMood::Well),
                90 => redis.set(RedisMood::Dead),
                120 => redis.set(RedisMood::Well),
                _ if written > 150 => redis.flush(&prefix).await?,
                _ => {}
            }
            Ok(())
        }))
        .await
    }

    async fn without_redis() -> anyhow::Result<()> {
        let variables = [("REDIS__URL", String::new())];
        let app = TestApp::start_with(Stack::ScaledOut, &variables).await?;
        Box::pin(run(app, 80, async |_| Ok(()))).await
    }

    /// Writes on one instance and reads on both.
    async fn run(
        app: TestApp,
        writes: usize,
        meanwhile: impl AsyncFn(usize) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let other = app.another().await?;
        let shelf = Shelf::fill(&app).await?;
        let (spent, seen) = (other.statements(), AtomicUsize::new(0));
        let there = async {
            seen.store(
                shelf.read(&other, READERS, |asked, told| told + OLDEST <= asked).await?,
                Ordering::SeqCst,
            );
            Ok(())
        };
        let here = async {
            shelf.read(&app, READERS, |asked, told| told <= asked).await?;
            Ok(())
        };
        let selling = shelf.sell_one_by_one(writes, meanwhile);
        // At once: an app that is dropped on the way says less.
        try_join(try_join(there, here), selling).await.unwrap();
        let (spent, seen) = (other.statements() - spent, seen.into_inner());
        assert!(
            spent * 2 < u64::try_from(seen)?,
            "{spent} statements for {seen} reads: not cached"
        );
        other.finish().await?;
        app.finish().await
    }
}

/// One product, of which one unit after another is sold.
struct Shelf {
    product: String,
    buyer: Client,
    sold: Mutex<Vec<Instant>>,
    asked_for: AtomicUsize,
    is_over: AtomicBool,
}

impl Shelf {
    async fn fill(app: &TestApp) -> anyhow::Result<Self> {
        let product = app.sell("tea", 500, i64::try_from(UNITS)?).await?;
        let buyer = app.client().register("buyer@example.com").await?;
        let (asked_for, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self { product, buyer, sold: Mutex::default(), asked_for, is_over })
    }

    fn path(&self) -> String {
        format!("/api/v1/products/{}", self.product)
    }

    async fn sell_one_by_one(
        &self,
        writes: usize,
        meanwhile: impl AsyncFn(usize) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let body = json!({ "items": [{ "product_id": self.product, "quantity": 1 }] });
        for written in 0..writes {
            meanwhile(written).await?;
            self.asked_for.fetch_add(1, Ordering::SeqCst);
            let key = format!("order-{written}");
            let order = async || self.buyer.post_once("/api/v1/orders", &key, &body).await;
            // A busy machine is slow to connect; the key makes it one order.
            let (mut status, mut answer) = order().await?;
            while status == 503 {
                (status, answer) = order().await?;
            }
            assert_eq!(status, 201, "{answer}");
            self.sold.lock().unwrap().push(Instant::now());
        }
        self.is_over.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Reads until everything is sold: whatever was sold and told so long ago that `must_show` it,
    /// is shown. Answers how many reads there were.
    async fn read(
        &self,
        app: &TestApp,
        readers: usize,
        must_show: impl Fn(Instant, Instant) -> bool,
    ) -> anyhow::Result<usize> {
        let one = async || {
            let (client, mut reads) = (app.client(), 0);
            while !self.is_over.load(Ordering::SeqCst) {
                let asked = Instant::now();
                let at_least = self
                    .sold
                    .lock()
                    .unwrap()
                    .iter()
                    .filter(|told| must_show(asked, **told))
                    .count();
                let shown = self.shown_as_sold(&client).await?;
                let at_most = self.asked_for.load(Ordering::SeqCst);
                assert!(
                    (at_least..=at_most).contains(&shown),
                    "{shown} sold of {at_least} to {at_most} after {reads} reads"
                );
                reads += 1;
            }
            anyhow::Ok(reads)
        };
        Ok(try_join_all((0..readers).map(|_| one())).await?.into_iter().sum())
    }

    async fn read_some(&self, app: &TestApp, reads: usize) -> anyhow::Result<()> {
        let client = app.client();
        let sold = self.sold.lock().unwrap().len();
        for _ in 0..reads {
            assert_eq!(self.shown_as_sold(&client).await?, sold);
        }
        Ok(())
    }

    async fn shown_as_sold(&self, client: &Client) -> anyhow::Result<usize> {
        let (mut status, mut product) = client.get(&self.path()).await?;
        while status == 503 {
            (status, product) = client.get(&self.path()).await?;
        }
        assert_eq!(status, 200, "{product}");
        let left = usize::try_from(product["available"].as_u64().unwrap())?;
        Ok(UNITS - left)
    }
}

/// What `work` answers, and the statements it took.
async fn cost<T>(
    app: &TestApp,
    work: impl AsyncFnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<(T, u64)> {
    let before = app.statements();
    let done = work().await?;
    Ok((done, app.statements() - before))
}
