//! A broker that was away comes back to everything that happened meanwhile.

use std::{collections::BTreeSet, rc::Rc, time::Instant};

use acceptance::{Mood, Proxy, Stack, Surroundings, Tap, rabbit_url};
use tokio::task::LocalSet;

use super::{Shop, crowd, sized};
use crate::program::until;

/// How fast a backlog of any size has to be gone.
const DRAINED_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

#[tokio::test]
async fn what_happened_while_the_broker_was_away_is_told_in_order() {
    Box::pin(LocalSet::new().run_until(a_backlog_drains())).await;
}

/// 10,000 events.
async fn a_backlog_drains() {
    let (orders, events) = (sized(2_500, 30), i64::try_from(sized(10_000, 120)).unwrap());
    let url = rabbit_url();
    let server = url.split(['@', '/']).nth(3).unwrap();
    let proxy = Proxy::to(server).await.unwrap();
    proxy.set(Mood::Dead);
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let tap = Tap::open(&url, surroundings.bus_prefix()).await.unwrap();
    let through = url.replace(server, &proxy.address().to_string());
    let mut shop = Shop::open(surroundings.with(&[("RABBITMQ__URL", through)])).await;
    let (anybody, processes) = shop.start(1).await;
    let buyers = Rc::new(shop.buyers(&anybody, 8).await);
    let shop = Rc::new(shop);
    let paid: BTreeSet<_> = crowd(orders, 8, {
        let shop = Rc::clone(&shop);
        async move |at| shop.buy(&buyers[at % buyers.len()], at).await
    })
    .await
    .into_iter()
    .collect();
    let waiting = shop.waiting().await;
    assert!(waiting >= events, "{waiting} events are no backlog");

    let back = Instant::now();
    proxy.set(Mood::Well);
    until("the backlog is gone", async || (shop.waiting().await == 0).then_some(())).await;
    let drained = back.elapsed();
    println!("{waiting} events left within {drained:?}");
    assert!(drained <= DRAINED_WITHIN, "{drained:?}");
    shop.has_told(&paid).await;
    let heard = tap.close().await.unwrap();
    println!("{} events, {} copies", heard.events, heard.copies);
    assert!(heard.disordered.is_empty(), "{:?}", heard.disordered);
    let all = shop.surroundings.count("SELECT count(*) FROM outbox").await.unwrap();
    assert_eq!(i64::try_from(heard.events).unwrap(), all);
    Rc::into_inner(shop).unwrap().close(processes).await;
}
