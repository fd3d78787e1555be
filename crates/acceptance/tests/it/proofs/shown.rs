//! What is written of the catalogue is seen: where it was written at once, elsewhere in a second.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use acceptance::{Client, Stack};
use futures_util::future::{try_join, try_join_all};
use reqwest::Method;
use serde_json::json;

use super::{Chain, sized};

crate::on_both_stacks!(no_read_is_older_than_it_may_be);

/// Writes, and the fewest reads meanwhile at each process.
const WRITES: usize = sized(1_000, 30);
const READS: usize = sized(10_000, 200);
/// Readers of each process.
const READERS: usize = sized(8, 2);
/// What the store promises of other processes.
const OLDEST: Duration = Duration::from_secs(1);

/// A product that is given one name after another.
struct Renamed {
    path: String,
    /// When the answer to each write was there.
    told: Mutex<Vec<Instant>>,
    asked_for: AtomicUsize,
    reads: [AtomicUsize; 2],
    is_over: AtomicBool,
}

/// 1,000 writes on one process against 10,000 reads on each.
async fn no_read_is_older_than_it_may_be(stack: Stack) -> anyhow::Result<()> {
    let chain = Chain::open(stack).await?;
    let product = chain.app.sell("name-0", 500, 10).await?;
    let staff = chain.app.admin("boss@example.com").await?;
    let renamed = Renamed {
        path: format!("/api/v1/products/{product}"),
        told: Mutex::default(),
        asked_for: AtomicUsize::new(0),
        reads: [AtomicUsize::new(0), AtomicUsize::new(0)],
        is_over: AtomicBool::new(false),
    };
    let here = (0..READERS).map(|_| renamed.read(chain.caller(0), 0, Duration::ZERO));
    let elsewhere = match stack {
        Stack::Embedded => 0,
        Stack::ScaledOut => READERS,
    };
    let there = (0..elsewhere).map(|_| renamed.read(chain.caller(1), 1, OLDEST));
    let reading = try_join(try_join_all(here), try_join_all(there));
    try_join(renamed.write(&staff, elsewhere > 0), reading).await?;
    chain.close().await
}

impl Renamed {
    async fn write(&self, staff: &Client, is_read_elsewhere: bool) -> anyhow::Result<()> {
        let count = |at: usize| self.reads[at].load(Ordering::SeqCst);
        let mut written = 0;
        while written < WRITES || count(0) < READS || (is_read_elsewhere && count(1) < READS) {
            written += 1;
            self.asked_for.fetch_add(1, Ordering::SeqCst);
            let name = json!({ "name": format!("name-{written}") });
            let request = staff.request(Method::PATCH, &self.path).json(&name);
            let status = request.send().await?.status();
            assert_eq!(status, 200, "write {written}");
            self.told.lock().unwrap().push(Instant::now());
        }
        self.is_over.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Reads until everything is written: what was told more than `oldest` ago is shown.
    async fn read(&self, client: Client, at: usize, oldest: Duration) -> anyhow::Result<()> {
        while !self.is_over.load(Ordering::SeqCst) {
            let asked = Instant::now();
            let must_show = |told: &&Instant| **told + oldest <= asked;
            let at_least = self.told.lock().unwrap().iter().filter(must_show).count();
            let (status, product) = client.get(&self.path).await?;
            assert_eq!(status, 200, "{product}");
            let name = product["name"].as_str().unwrap();
            let shown: usize = name.strip_prefix("name-").unwrap().parse()?;
            let at_most = self.asked_for.load(Ordering::SeqCst);
            assert!((at_least..=at_most).contains(&shown), "{shown} of {at_least} to {at_most}");
            self.reads[at].fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}
