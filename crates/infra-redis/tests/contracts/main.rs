//! Redis keeps the promises of everything that is shared, and its absence costs little.
//! Needs Redis: `TEST_REDIS_URL`, or the default one on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "fixtures may panic")]

mod copies;
mod faults;
mod server;

use std::{sync::Arc, time::Duration};

use test_support::{
    contracts::{announcements, failures, limiter},
    eventually::eventually,
};
use tokio::task::AbortHandle;

use domain::shared::{
    announcements::Topic,
    limiter::{Attempt, FailurePolicy},
};

use crate::server::{Namespace, Never};

/// The second attempt has to wait.
const FAILURES: FailurePolicy = FailurePolicy {
    name: "shared",
    free: 0,
    first_wait: Duration::from_secs(60),
    longest_wait: Duration::from_secs(60),
    stop_at: 9,
    kept: Duration::from_secs(600),
};

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn fresh_limiter() -> limiter::Fixture {
    let namespace = Namespace::new();
    let limiter = server::limiter(&namespace.pool(), Never);
    limiter::Fixture { limiter, keep: Box::new(namespace) }
}

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn no_failures() -> failures::Fixture {
    let namespace = Namespace::new();
    let counter = server::failures(&namespace.pool(), Never);
    failures::Fixture { counter, keep: Box::new(namespace) }
}

/// Hears others until it is dropped.
struct Hearing(AbortHandle);

impl Drop for Hearing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn unobserved() -> announcements::Fixture {
    let namespace = Namespace::new();
    let (announcements, hearing) = server::announcements(&namespace.pool());
    let hearing = Hearing(tokio::spawn(hearing).abort_handle());
    announcements::Fixture { announcements, keep: Box::new((namespace, hearing)) }
}

mod announcements_contract {
    test_support::announcements_contract!(super::unobserved());
}

mod limiter_contract {
    test_support::limiter_contract!(super::fresh_limiter());
}

mod failures_contract {
    test_support::failures_contract!(super::no_failures());
}

#[tokio::test]
async fn two_processes_share_counts() {
    let namespace = Namespace::new();
    let (one, two) = (namespace.pool(), namespace.pool());
    let quota = domain::shared::limiter::Quota {
        name: "shared",
        burst: 2,
        period: Duration::from_secs(60),
    };
    assert!(server::limiter(&one, Never).check(&quota, "ann").await.is_allowed());
    assert!(server::limiter(&two, Never).check(&quota, "ann").await.is_allowed());
    assert!(!server::limiter(&one, Never).check(&quota, "ann").await.is_allowed());
    let (one, two) = (server::failures(&one, Never), server::failures(&two, Never));
    assert_eq!(one.attempt(&FAILURES, "ann").await, Attempt::Admitted);
    assert_ne!(two.attempt(&FAILURES, "ann").await, Attempt::Admitted);
    two.forget(&FAILURES, "ann").await;
    assert_eq!(one.attempt(&FAILURES, "ann").await, Attempt::Admitted);
}

#[tokio::test]
async fn a_redis_that_answers_is_healthy() {
    let health = server::health(&Namespace::new().pool());
    assert_eq!((health.service(), health.is_essential()), ("cache", false));
    health.check().await.unwrap();
}

#[tokio::test]
async fn what_one_process_announces_another_one_hears() {
    let namespace = Namespace::new();
    let (here, _) = server::announcements(&namespace.pool());
    let (there, hearing) = server::announcements(&namespace.pool());
    let notebook = Arc::new(announcements::Notebook::default());
    there.observe(Topic::Sessions, notebook.clone());
    let _hearing = Hearing(tokio::spawn(hearing).abort_handle());
    eventually("what was missed is made up for", async || notebook.told().contains(&vec![])).await;
    let keys = vec!["one".to_owned(), "two".to_owned()];
    here.announce(Topic::Sessions, &keys).await;
    eventually("the other one hears it", async || notebook.told().contains(&keys)).await;

    let elsewhere = Namespace::new();
    let (stranger, _) = server::announcements(&elsewhere.pool());
    stranger.announce(Topic::Sessions, &["stranger".to_owned()]).await;
    here.announce(Topic::Sessions, &["last".to_owned()]).await;
    eventually("the last word", async || notebook.told().contains(&vec!["last".to_owned()])).await;
    assert!(!notebook.told().contains(&vec!["stranger".to_owned()]), "another store's");
}
