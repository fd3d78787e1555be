//! The processes of `docker-compose.yml`, without containers.

use std::{collections::BTreeSet, rc::Rc};

use acceptance::{Stack, Surroundings, Tap, rabbit_url};
use tokio::task::LocalSet;

use super::{Shop, crowd, sized};

#[tokio::test]
async fn two_apis_and_two_workers_are_one_shop() {
    Box::pin(LocalSet::new().run_until(two_and_two())).await;
}

async fn two_and_two() {
    let orders = sized(500, 20);
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let tap = Tap::open(&rabbit_url(), surroundings.bus_prefix()).await.unwrap();
    let mut shop = Shop::open(surroundings).await;
    let (here, mut processes) = shop.start(2).await;
    let (other, there) = shop.api("api").await;
    processes.push(other);
    let mut buyers = shop.buyers(&here, 4).await;
    // Signed in at one, and buying at both.
    buyers.extend(buyers.clone().iter().map(|buyer| there.with_token_of(buyer)));
    let (shop, buyers) = (Rc::new(shop), Rc::new(buyers));
    let paid: BTreeSet<_> = crowd(orders, 8, {
        let shop = Rc::clone(&shop);
        async move |at| shop.buy(&buyers[at % buyers.len()], at).await
    })
    .await
    .into_iter()
    .collect();
    assert_eq!(paid.len(), orders);
    shop.has_told(&paid).await;
    let heard = tap.close().await.unwrap();
    println!("{orders} orders, {} events, {} copies", heard.events, heard.copies);
    assert!(heard.disordered.is_empty(), "{:?}", heard.disordered);
    let all = shop.surroundings.count("SELECT count(*) FROM outbox").await.unwrap();
    assert_eq!(i64::try_from(heard.events).unwrap(), all);
    Rc::into_inner(shop).unwrap().close(processes).await;
}
