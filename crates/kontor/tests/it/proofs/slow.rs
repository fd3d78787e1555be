//! Two thousand clients that send a byte now and then.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use acceptance::{Client, Stack, Surroundings};
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::{JoinSet, LocalSet, spawn_blocking},
    time::{sleep, timeout},
};

use super::{
    Shop,
    pace::{Pace, p99},
};

const COUNT: usize = 2_000;

/// How long a slow client may stay.
const STAYS: Duration = Duration::from_secs(15);

/// How long there are slow clients; each that is sent away comes again.
const WINDOW: Duration = Duration::from_secs(60);

/// The time between two that come.
const ARRIVAL: Duration = Duration::from_micros(2_500);

/// How often a slow client sends one more byte.
const DRIP: Duration = Duration::from_secs(1);

/// A busy machine measures nothing below that.
const FLOOR: Duration = Duration::from_millis(2);

#[tokio::test]
#[cfg_attr(not(feature = "proofs"), ignore = "takes minutes: make prove")]
async fn slow_clients_are_sent_away_and_slow_down_nobody() {
    Box::pin(LocalSet::new().run_until(slow_clients())).await;
}

async fn slow_clients() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let surroundings = surroundings.with(&[("HTTP__CONNECTIONS_PER_ADDRESS", "0".to_owned())]);
    let mut shop = Shop::open(surroundings).await;
    let (anybody, processes) = shop.start(0).await;
    let pace = Pace::start(Duration::from_millis(10), {
        let anybody: Client = anybody.clone();
        async move |_| {
            let look = anybody.request(Method::GET, "/api/v1/products?limit=5");
            Some(look.send().await.ok()?.status().as_u16())
        }
    });
    sleep(Duration::from_secs(1)).await;
    let quiet_from = Instant::now();
    sleep(Duration::from_secs(5)).await;
    let slow_from = Instant::now();
    let address = anybody.address().to_owned();
    // On a thread of their own: what is measured are the waits for the store, not for each other.
    let slow = spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(LocalSet::new().run_until(crowd_of(address, slow_from)))
    });
    sleep(WINDOW).await;
    let slow_to = Instant::now();
    let stays = slow.await.unwrap();
    let shots = pace.stop().await;
    assert!(shots.iter().all(|shot| shot.status == Some(200)), "somebody was not answered");
    let quiet = p99(&shots, quiet_from, slow_from);
    let crowded = p99(&shots, slow_from, slow_to);
    let longest = stays.iter().max().unwrap();
    println!(
        "{COUNT} slow clients came {} times, the longest stayed {longest:?}; \
        p99 of others {quiet:?} quiet, {crowded:?} crowded",
        stays.len()
    );
    assert!(*longest <= STAYS, "{longest:?}");
    assert!(crowded <= (2 * quiet).max(FLOOR), "{crowded:?} against {quiet:?}");
    shop.close(processes).await;
}

/// The slow clients, who come one after another; answers how long each stay was.
async fn crowd_of(address: String, since: Instant) -> Vec<Duration> {
    let address: Rc<str> = address.into();
    let mut slow = JoinSet::new();
    for at in 0..COUNT {
        let address = Rc::clone(&address);
        slow.spawn_local(async move {
            sleep(ARRIVAL * u32::try_from(at).unwrap()).await;
            let mut stays = Vec::new();
            while since.elapsed() < WINDOW {
                stays.push(drip(&address, at).await);
            }
            stays
        });
    }
    slow.join_all().await.into_iter().flatten().collect()
}

/// Sends a request a byte at a time, until it is sent away; answers how long it stayed. Of four,
/// one is slow with its first head, one with the next, one with a body, and one says nothing more
/// in the middle of a head.
async fn drip(address: &str, at: usize) -> Duration {
    const LOOK: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = [0; 4_096];
    if at % 4 == 1 {
        stream.write_all(LOOK).await.unwrap();
        assert!(stream.read(&mut answer).await.unwrap() > 0);
    }
    let began = Instant::now();
    if at % 4 == 2 {
        let head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: shop\r\n\
            Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
        stream.write_all(head).await.unwrap();
    } else {
        stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await.unwrap();
    }
    loop {
        match timeout(DRIP, stream.read(&mut answer)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return began.elapsed(),
            Err(_) if at % 4 == 3 => {}
            Err(_) => {
                if stream.write_all(b"x").await.is_err() {
                    return began.elapsed();
                }
            }
        }
        assert!(began.elapsed() < 4 * STAYS, "it may stay for ever");
    }
}
