//! Two APIs that are restarted in turns, behind a balancer that asks them whether they are ready.

use std::{
    cell::Cell,
    collections::BTreeMap,
    rc::Rc,
    time::{Duration, Instant},
};

use acceptance::{Client, Stack, Surroundings};
use serde_json::json;
use tokio::{
    task::{JoinSet, LocalSet},
    time::sleep,
};

use super::Shop;
use crate::program::{Running, until};

/// How often the balancer asks whether an instance is ready; one no stops it.
const ASKS_EVERY: Duration = Duration::from_secs(1);
const CALLERS: usize = 4;
/// Of each of the two.
const RESTARTS: usize = 10;

#[tokio::test]
#[cfg_attr(not(feature = "proofs"), ignore = "takes minutes: make prove")]
async fn restarting_in_turns_fails_no_request() {
    Box::pin(LocalSet::new().run_until(restarts())).await;
}

/// The instances that get requests, in turns.
#[derive(Default)]
struct Balancer {
    ready: [Cell<bool>; 2],
    turn: Cell<usize>,
}

impl Balancer {
    /// The next one, and after it the other one for whom the first refuses the connection.
    fn order(&self) -> [usize; 2] {
        let turn = self.turn.get();
        self.turn.set(turn + 1);
        let first = turn % 2;
        let first = if self.ready[first].get() { first } else { 1 - first };
        [first, 1 - first]
    }
}

async fn restarts() {
    let mut shop = Shop::open(Surroundings::make(Stack::ScaledOut).await.unwrap()).await;
    let (one, here) = shop.api("api").await;
    let (other, there) = shop.api("api").await;
    let worker = shop.worker();
    let (clients, mut apis) = (Rc::new([here, there]), [Some(one), Some(other)]);
    let buyers = shop.buyers(&clients[0], CALLERS).await;
    let (shop, balancer) = (Rc::new(shop), Rc::new(Balancer::default()));
    let is_over = Rc::new(Cell::new(false));
    let mut asking = JoinSet::new();
    for at in 0..2 {
        let (clients, balancer) = (Rc::clone(&clients), Rc::clone(&balancer));
        asking.spawn_local(async move {
            loop {
                let answer = clients[at].get("/health/ready").await;
                balancer.ready[at].set(answer.is_ok_and(|(status, _)| status == 200));
                sleep(ASKS_EVERY).await;
            }
        });
    }
    until("both are ready", async || balancer.ready.iter().all(Cell::get).then_some(())).await;
    let mut calling = JoinSet::new();
    for buyer in buyers {
        let (shop, is_over) = (Rc::clone(&shop), Rc::clone(&is_over));
        let both = [clients[0].with_token_of(&buyer), clients[1].with_token_of(&buyer)];
        calling.spawn_local(call(shop, both, Rc::clone(&balancer), is_over));
    }
    let began = Instant::now();
    for _ in 0..RESTARTS {
        for at in 0..2 {
            let api: Running = apis[at].take().unwrap();
            api.stop().await;
            apis[at] = Some(shop.api_again(&clients[at]).await);
            until("the balancer has seen it", async || balancer.ready[at].get().then_some(()))
                .await;
        }
    }
    is_over.set(true);
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(told) = calling.join_next().await {
        for (what, count) in told.unwrap() {
            *tally.entry(what).or_default() += count;
        }
    }
    println!("{RESTARTS} restarts of each in {:?}: {tally:?}", began.elapsed());
    let answered =
        tally.remove("201").unwrap_or_default() + tally.remove("200").unwrap_or_default();
    assert!(answered > 50, "{answered} requests are no load");
    assert!(tally.is_empty(), "{tally:?}");
    asking.shutdown().await;
    let mut processes: Vec<_> = apis.into_iter().flatten().collect();
    processes.push(worker);
    Rc::into_inner(shop).unwrap().close(processes).await;
}

/// Looks and buys until it is over; answers what came of it.
async fn call(
    shop: Rc<Shop>,
    both: [Client; 2],
    balancer: Rc<Balancer>,
    is_over: Rc<Cell<bool>>,
) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    let mut at = 0_usize;
    while !is_over.get() {
        let wanted = json!({ "items": [{ "product_id": shop.product(at), "quantity": 1 }] });
        let mut told = String::new();
        for instance in balancer.order() {
            let client = &both[instance];
            let request = if at.is_multiple_of(4) {
                client.request(reqwest::Method::POST, "/api/v1/orders").json(&wanted)
            } else {
                client.request(reqwest::Method::GET, "/api/v1/products?limit=5")
            };
            match request.send().await {
                Ok(answer) => told = answer.status().as_u16().to_string(),
                // Nothing was sent: the other one may be asked.
                Err(error) if error.is_connect() => {
                    told = "refused twice".to_owned();
                    continue;
                }
                Err(error) => told = format!("{error:?}"),
            }
            break;
        }
        *tally.entry(told).or_default() += 1;
        at += 1;
        sleep(Duration::from_millis(5)).await;
    }
    tally
}
