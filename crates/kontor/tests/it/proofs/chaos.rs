//! A broker that is killed, stalled and blocked, and workers that are killed, while people buy.

use std::{cell::Cell, collections::BTreeSet, rc::Rc, time::Duration};

use acceptance::{Client, PrivateBroker, Stack, Surroundings, Tap};
use tokio::{
    task::{JoinSet, LocalSet},
    time::sleep,
};

use super::Shop;

const ROUNDS: u64 = 10;
const WORKERS: usize = 2;
const BUYERS: usize = 4;

/// Longer than anybody waits for an answer of the broker.
const FAULT: Duration = Duration::from_secs(12);

/// Long enough for a thread left behind by each attempt to be seen.
const LONG_STALL: Duration = Duration::from_secs(60);

/// Connections of a worker, each of which has a thread, and as many being made.
const MOST_THREADS: usize = 4;

#[tokio::test]
#[cfg_attr(not(feature = "proofs"), ignore = "takes minutes: make prove")]
async fn ten_rounds_of_faults_lose_repeat_and_disorder_nothing() {
    Box::pin(LocalSet::new().run_until(rounds())).await;
}

async fn rounds() {
    let mut broker = PrivateBroker::start().await.unwrap();
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let tap = Tap::open(&broker.url(), surroundings.bus_prefix()).await.unwrap();
    let surroundings = surroundings.with(&[("RABBITMQ__URL", broker.url())]);
    let mut shop = Shop::open(surroundings).await;
    let (anybody, mut processes) = shop.start(WORKERS).await;
    let buyers = shop.buyers(&anybody, BUYERS).await;
    let (shop, is_over) = (Rc::new(shop), Rc::new(Cell::new(false)));
    let mut buying = JoinSet::new();
    for buyer in buyers {
        buying.spawn_local(buy(Rc::clone(&shop), buyer, Rc::clone(&is_over)));
    }
    for round in 0..ROUNDS {
        let fault = ["kill", "stall", "block"][usize::try_from(round % 3).unwrap()];
        let waiting = shop.waiting().await;
        match fault {
            "kill" => broker.kill().unwrap(),
            "stall" => broker.stall().unwrap(),
            _ => broker.block().await.unwrap(),
        }
        if round == 1 {
            sleep(LONG_STALL).await;
            let threads = processes[1].threads("lapin-io-loop");
            println!("threads of the client library after {LONG_STALL:?} of silence: {threads}");
            assert!(threads <= MOST_THREADS, "{threads}");
        }
        // Somewhere in the middle of something.
        sleep(FAULT * u32::try_from(round * 7 % 10).unwrap() / 10).await;
        let victim = 1 + usize::try_from(round).unwrap() % WORKERS;
        processes.remove(victim).kill();
        processes.push(shop.worker());
        sleep(FAULT / 3).await;
        let grown = shop.waiting().await;
        match fault {
            "kill" => broker.start_again().await.unwrap(),
            "stall" => broker.go_on().unwrap(),
            _ => broker.unblock().await.unwrap(),
        }
        assert!(grown > 0, "round {round}: nobody noticed the fault");
        println!("round {round}: {fault}, {waiting} events waited before, {grown} at its end");
        sleep(Duration::from_secs(3)).await;
        let victim = 1 + usize::try_from(round / 2).unwrap() % WORKERS;
        processes.remove(victim).kill();
        processes.push(shop.worker());
    }
    is_over.set(true);
    let mut paid = BTreeSet::new();
    while let Some(bought) = buying.join_next().await {
        paid.extend(bought.unwrap());
    }
    println!("{} orders placed and paid, none refused", paid.len());
    assert!(paid.len() > 200, "{} orders are no load", paid.len());
    shop.has_told(&paid).await;
    let heard = tap.close().await.unwrap();
    println!("{} events, {} copies", heard.events, heard.copies);
    assert!(heard.disordered.is_empty(), "{:?}", heard.disordered);
    let all = shop.surroundings.count("SELECT count(*) FROM outbox").await.unwrap();
    assert_eq!(i64::try_from(heard.events).unwrap(), all);
    let unhandled = "SELECT count(*) FROM outbox WHERE type = 'ordering.order_paid.v1' \
        AND NOT EXISTS (SELECT 1 FROM inbox WHERE event_id = outbox.id)";
    assert_eq!(shop.surroundings.count(unhandled).await.unwrap(), 0);
    Rc::into_inner(shop).unwrap().close(processes).await;
}

/// Buys, ten times a second at most, until it is over.
async fn buy(shop: Rc<Shop>, buyer: Client, is_over: Rc<Cell<bool>>) -> Vec<String> {
    let mut bought = Vec::new();
    while !is_over.get() {
        bought.push(shop.buy(&buyer, bought.len()).await);
        sleep(Duration::from_millis(100)).await;
    }
    bought
}
