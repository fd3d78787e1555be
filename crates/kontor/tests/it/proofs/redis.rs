//! A Redis that stalls and dies while people look and buy.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use acceptance::{PrivateRedis, Stack, Surroundings};
use reqwest::Method;
use serde_json::json;
use tokio::{task::LocalSet, time::sleep};

use super::{
    Shop,
    pace::{Pace, p99},
};

/// How soon answers have to be as fast as before.
const SOON: Duration = Duration::from_secs(2);

/// How long each state lasts, its first two seconds aside.
const PART: Duration = Duration::from_secs(10);

/// Slower than that nobody calls normal, and faster nobody measures on a busy machine.
const NORMAL: Duration = Duration::from_millis(50);

#[tokio::test]
#[cfg_attr(not(feature = "proofs"), ignore = "takes minutes: make prove")]
async fn without_redis_nothing_fails_and_soon_nothing_is_slow() {
    Box::pin(LocalSet::new().run_until(redis_comes_and_goes())).await;
}

async fn redis_comes_and_goes() {
    let mut redis = PrivateRedis::start().await.unwrap();
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let surroundings = surroundings.with(&[
        ("REDIS__URL", redis.url()),
        // The limiter is asked too.
        ("RATE_LIMIT__ENABLED", "true".to_owned()),
        ("RATE_LIMIT__SIGNED_IN_PER_SECOND", "100000".to_owned()),
        ("RATE_LIMIT__SIGNED_IN_BURST", "100000".to_owned()),
        ("RATE_LIMIT__WRITES_PER_SECOND", "100000".to_owned()),
        ("RATE_LIMIT__WRITES_BURST", "100000".to_owned()),
        ("RATE_LIMIT__READS_PER_SECOND", "100000".to_owned()),
        ("RATE_LIMIT__READS_BURST", "100000".to_owned()),
        ("RATE_LIMIT__ORDERS_PER_MINUTE", "100000".to_owned()),
    ]);
    let mut shop = Shop::open(surroundings).await;
    let (anybody, processes) = shop.start(1).await;
    let buyer = Rc::new(shop.buyers(&anybody, 1).await.remove(0));
    let shop = Rc::new(shop);
    let pace = Pace::start(Duration::from_millis(10), {
        let shop = Rc::clone(&shop);
        async move |at| {
            let request = if at.is_multiple_of(10) {
                let wanted =
                    json!({ "items": [{ "product_id": shop.product(at), "quantity": 1 }] });
                buyer.request(Method::POST, "/api/v1/orders").json(&wanted)
            } else {
                buyer.request(Method::GET, &format!("/api/v1/products/{}", shop.product(at)))
            };
            Some(request.send().await.ok()?.status().as_u16())
        }
    });
    sleep(SOON + PART).await;
    let mut moments = vec![("quiet", Instant::now() - PART)];
    redis.stall().unwrap();
    moments.push(("stalled", Instant::now()));
    sleep(SOON + PART).await;
    redis.go_on().unwrap();
    moments.push(("going on", Instant::now()));
    sleep(SOON + PART).await;
    redis.kill().unwrap();
    moments.push(("dead", Instant::now()));
    sleep(SOON + PART).await;
    redis.start_again().await.unwrap();
    moments.push(("back", Instant::now()));
    sleep(SOON + PART).await;
    let shots = pace.stop().await;
    let strange: Vec<_> =
        shots.iter().filter(|shot| !matches!(shot.status, Some(200 | 201))).collect();
    assert!(strange.is_empty(), "{strange:?}");
    let quiet = p99(&shots, moments[0].1, moments[0].1 + PART);
    println!("{} requests, each answered; p99 {quiet:?} when quiet", shots.len());
    for (what, since) in &moments[1..] {
        let from = *since + SOON;
        let worst = shots.iter().filter(|shot| (*since..from).contains(&shot.due));
        let worst = worst.map(|shot| shot.took).max().unwrap();
        let after = p99(&shots, from, from + PART);
        println!("{what}: at most {worst:?} at first, p99 {after:?} from {SOON:?} on");
        assert!(after <= NORMAL.max(2 * quiet), "{what}: {after:?}");
    }
    for process in processes {
        process.stop().await;
    }
    Rc::into_inner(shop).unwrap().surroundings.clear().await.unwrap();
}
