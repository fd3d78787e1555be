//! Ten times more callers than the store can serve.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use acceptance::{Client, Stack, Surroundings};
use reqwest::Method;
use serde_json::json;
use tokio::{
    task::{JoinSet, LocalSet},
    time::sleep,
};

use super::Shop;

/// As many requests as are worked on at once here; the peak is measured with as many callers.
const TURNS: usize = 32;

/// How long each load lasts.
const WINDOW: Duration = Duration::from_secs(15);

#[tokio::test]
#[cfg_attr(not(feature = "proofs"), ignore = "takes minutes: make prove")]
async fn overload_costs_those_who_are_served_little() {
    Box::pin(LocalSet::new().run_until(overload())).await;
}

/// When whoever was refused comes again: sooner than it was told to.
const COMES_AGAIN: Duration = Duration::from_millis(250);

/// What became of the requests of one load.
#[derive(Default)]
struct Load {
    served: Vec<Duration>,
    refused: Vec<Duration>,
}

impl Load {
    fn goodput(&self) -> f64 {
        f64::from(u32::try_from(self.served.len()).unwrap()) / WINDOW.as_secs_f64()
    }
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() * 99 / 100).copied().unwrap_or_default()
}

async fn overload() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let surroundings = surroundings.with(&[
        ("HTTP__CONNECTIONS_PER_ADDRESS", "0".to_owned()),
        ("HTTP__MAX_IN_FLIGHT", TURNS.to_string()),
    ]);
    let mut shop = Shop::open(surroundings).await;
    let (anybody, processes) = shop.start(0).await;
    let buyer = shop.buyers(&anybody, 1).await.remove(0);
    let shop = Rc::new(shop);
    load(&shop, &buyer, TURNS).await;
    let peak = load(&shop, &buyer, TURNS).await;
    let over = load(&shop, &buyer, 10 * TURNS).await;
    let (most, kept) = (peak.goodput(), over.goodput());
    let (served, refused) = (p99(over.served), p99(over.refused.clone()));
    println!(
        "peak {most:.0} orders/s; with ten times the callers {kept:.0} orders/s, p99 {served:?}; \
        {} refused, p99 {refused:?}",
        over.refused.len()
    );
    assert!(peak.refused.is_empty(), "refused without need");
    assert!(!over.refused.is_empty(), "nobody was refused: that was no overload");
    assert!(kept >= 0.9 * most, "{kept} of {most}");
    assert!(served <= Duration::from_secs(1), "{served:?}");
    assert!(refused <= Duration::from_millis(50), "{refused:?}");
    Rc::into_inner(shop).unwrap().close(processes).await;
}

/// As many callers place one order after another; whoever is refused comes again after a while.
async fn load(shop: &Rc<Shop>, buyer: &Client, callers: usize) -> Load {
    let is_over = Rc::new(Cell::new(false));
    let mut calling = JoinSet::new();
    for caller in 0..callers {
        let (shop, is_over) = (Rc::clone(shop), Rc::clone(&is_over));
        let buyer = buyer.clone();
        calling.spawn_local(async move {
            let (mut load, mut at) = (Load::default(), caller);
            while !is_over.get() {
                let wanted =
                    json!({ "items": [{ "product_id": shop.product(at), "quantity": 1 }] });
                let request = buyer.request(Method::POST, "/api/v1/orders").json(&wanted);
                let began = Instant::now();
                let answer = request.send().await.unwrap();
                let took = began.elapsed();
                match answer.status().as_u16() {
                    201 => load.served.push(took),
                    503 => {
                        assert!(answer.headers().contains_key("retry-after"));
                        load.refused.push(took);
                        sleep(COMES_AGAIN).await;
                    }
                    other => panic!("{other}"),
                }
                at += 1;
            }
            load
        });
    }
    sleep(WINDOW).await;
    is_over.set(true);
    let mut all = Load::default();
    for one in calling.join_all().await {
        all.served.extend(one.served);
        all.refused.extend(one.refused);
    }
    all
}
