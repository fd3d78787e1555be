//! Redis keeps the promises of every cache and limiter, and its absence costs little.
//! Needs Redis: `TEST_REDIS_URL`, or the default one on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "fixtures may panic")]

mod faults;
mod server;

use std::time::Duration;

use test_support::contracts::{cache, limiter};

use crate::server::{Namespace, Never};

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn empty_cache() -> cache::Fixture {
    let namespace = Namespace::new();
    let pool = namespace.pool();
    cache::Fixture { cache: server::cache(&pool), keep: Box::new(namespace) }
}

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn fresh_limiter() -> limiter::Fixture {
    let namespace = Namespace::new();
    let limiter = server::limiter(&namespace.pool(), Never);
    limiter::Fixture { limiter, keep: Box::new(namespace) }
}

mod cache_contract {
    test_support::cache_contract!(super::empty_cache());
}

mod limiter_contract {
    test_support::limiter_contract!(super::fresh_limiter());
}

#[tokio::test]
async fn two_processes_share_values_and_counts() {
    let namespace = Namespace::new();
    let (one, two) = (namespace.pool(), namespace.pool());
    server::cache(&one).put("key", b"value", Duration::from_secs(60)).await.unwrap();
    let seen = server::cache(&two).get("key").await.unwrap();
    assert_eq!(seen.as_deref(), Some(&b"value"[..]));

    let quota = domain::shared::limiter::Quota {
        name: "shared",
        burst: 2,
        period: Duration::from_secs(60),
    };
    let allowed = domain::shared::limiter::Decision::Allowed;
    assert_eq!(server::limiter(&one, Never).check(&quota, "ann").await, allowed);
    assert_eq!(server::limiter(&two, Never).check(&quota, "ann").await, allowed);
    assert_ne!(server::limiter(&one, Never).check(&quota, "ann").await, allowed);
}

#[tokio::test]
async fn a_redis_that_answers_is_healthy() {
    let health = server::health(&Namespace::new().pool());
    assert_eq!((health.service(), health.is_essential()), ("cache", false));
    health.check().await.unwrap();
}
