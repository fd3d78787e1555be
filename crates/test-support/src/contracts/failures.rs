//! Contract of [`FailureCounter`].

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use domain::shared::limiter::{Attempt, FailureCounter, FailurePolicy};

use crate::eventually::eventually;

const SLOW: FailurePolicy = FailurePolicy {
    name: "slow",
    free: 2,
    first_wait: Duration::from_secs(60),
    longest_wait: Duration::from_secs(90),
    stop_at: 100,
    kept: Duration::from_secs(600),
};
/// Waits that a test can sit out.
const FAST: FailurePolicy = FailurePolicy {
    name: "fast",
    free: 1,
    first_wait: Duration::from_millis(50),
    longest_wait: Duration::from_millis(100),
    stop_at: 4,
    kept: Duration::from_secs(600),
};

/// A counter that has counted nothing.
pub struct Fixture {
    /// The adapter under test.
    pub counter: Arc<dyn FailureCounter>,
    /// Whatever must live as long as the adapter.
    pub keep: Box<dyn Any + Send + Sync>,
}

fn wait_of(attempt: Attempt) -> Duration {
    match attempt {
        Attempt::Wait(wait) => wait,
        other => panic!("{other:?} is no wait"),
    }
}

async fn admitted(counter: &dyn FailureCounter, policy: &FailurePolicy, times: u32) {
    for time in 0..times {
        assert_eq!(counter.attempt(policy, "ann").await, Attempt::Admitted, "attempt {time}");
    }
}

/// After the free failures each further one brings a wait.
pub async fn free_failures_are_followed_by_a_wait(Fixture { counter, keep: _keep }: Fixture) {
    admitted(&*counter, &SLOW, 3).await;
    for _ in 0..3 {
        let wait = wait_of(counter.attempt(&SLOW, "ann").await);
        assert!(wait > Duration::from_secs(30) && wait <= Duration::from_secs(60), "{wait:?}");
    }
    assert_eq!(counter.attempt(&SLOW, "bob").await, Attempt::Admitted);
}

/// Waits grow up to the longest, and then nothing is admitted any more.
pub async fn waits_grow_until_nothing_is_admitted(Fixture { counter, keep: _keep }: Fixture) {
    let admitted = AtomicU32::new(0);
    eventually("it is over", async || match counter.attempt(&FAST, "ann").await {
        Attempt::Admitted => {
            admitted.fetch_add(1, Ordering::SeqCst);
            false
        }
        Attempt::Wait(wait) => {
            assert!(wait <= FAST.longest_wait, "{wait:?}");
            false
        }
        Attempt::Stopped => true,
    })
    .await;
    assert_eq!(admitted.load(Ordering::SeqCst), FAST.stop_at);
    assert_eq!(counter.attempt(&FAST, "ann").await, Attempt::Stopped);
    counter.forget(&FAST, "ann").await;
    assert_eq!(counter.attempt(&FAST, "ann").await, Attempt::Admitted);
}

/// Whoever was right begins anew.
pub async fn what_is_forgotten_does_not_count(Fixture { counter, keep: _keep }: Fixture) {
    for _ in 0..3 {
        admitted(&*counter, &SLOW, 3).await;
        wait_of(counter.attempt(&SLOW, "ann").await);
        counter.forget(&SLOW, "ann").await;
    }
    counter.forget(&SLOW, "nobody").await;
}

/// An attempt that is taken back leaves neither a failure nor a wait.
pub async fn what_is_taken_back_does_not_count(Fixture { counter, keep: _keep }: Fixture) {
    admitted(&*counter, &SLOW, 2).await;
    for _ in 0..5 {
        admitted(&*counter, &SLOW, 1).await;
        counter.take_back(&SLOW, "ann").await;
    }
    admitted(&*counter, &SLOW, 1).await;
    wait_of(counter.attempt(&SLOW, "ann").await);
    counter.take_back(&SLOW, "nobody").await;
    assert_eq!(counter.attempt(&SLOW, "nobody").await, Attempt::Admitted);
}

/// Of many attempts at once only those are admitted that would be one after another.
pub async fn many_at_once_are_not_one(Fixture { counter, keep: _keep }: Fixture) {
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let counter = Arc::clone(&counter);
        attempts.spawn(async move { counter.attempt(&SLOW, "ann").await });
    }
    let all = attempts.join_all().await;
    assert_eq!(all.iter().filter(|attempt| **attempt == Attempt::Admitted).count(), 3);
}

/// One test for each clause.
#[macro_export]
macro_rules! failures_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(failures, $fixture;
            free_failures_are_followed_by_a_wait,
            waits_grow_until_nothing_is_admitted,
            what_is_forgotten_does_not_count,
            what_is_taken_back_does_not_count,
            many_at_once_are_not_one,
        );
    };
}
