//! Contract of [`RateLimiter`].

use std::{any::Any, sync::Arc, time::Duration};

use domain::shared::limiter::{Decision, Quota, RateLimiter};

use crate::eventually::eventually;

const SLOW: Quota = Quota { name: "slow", burst: 3, period: Duration::from_secs(60) };
const OTHER: Quota = Quota { name: "other", burst: 1, period: Duration::from_secs(60) };
const FAST: Quota = Quota { name: "fast", burst: 1, period: Duration::from_millis(200) };

/// A limiter that has counted nothing.
pub struct Fixture {
    /// The adapter under test.
    pub limiter: Arc<dyn RateLimiter>,
    /// Whatever must live as long as the adapter.
    pub keep: Box<dyn Any + Send + Sync>,
}

async fn use_up(limiter: &dyn RateLimiter, quota: &Quota, key: &str) {
    for call in 0..quota.burst {
        assert_eq!(limiter.check(quota, key).await, Decision::Allowed, "call {call}");
    }
}

fn wait_of(decision: Decision) -> Duration {
    match decision {
        Decision::Allowed => Duration::ZERO,
        Decision::RetryAfter(wait) => wait,
    }
}

/// The burst is allowed, and then a wait is named that is neither nothing nor over a period.
pub async fn the_burst_is_allowed_and_no_more(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    for _ in 0..3 {
        let wait = wait_of(limiter.check(&SLOW, "ann").await);
        assert!(wait > Duration::ZERO && wait <= SLOW.period, "{wait:?}");
    }
}

/// One key that is used up does not limit another.
pub async fn keys_are_independent(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    assert_ne!(limiter.check(&SLOW, "ann").await, Decision::Allowed);
    use_up(&*limiter, &SLOW, "bob").await;
}

/// One quota that is used up does not limit another of the same key.
pub async fn quotas_are_independent(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    assert_ne!(limiter.check(&SLOW, "ann").await, Decision::Allowed);
    use_up(&*limiter, &OTHER, "ann").await;
    assert_ne!(limiter.check(&OTHER, "ann").await, Decision::Allowed);
}

/// Once the wait is over one more call is allowed.
pub async fn waiting_helps(Fixture { limiter, keep: _keep }: Fixture) {
    // More than one call may be needed where the machine is slower than the quota.
    eventually("a call is refused", async || {
        let wait = wait_of(limiter.check(&FAST, "ann").await);
        assert!(wait <= FAST.period, "{wait:?}");
        wait > Duration::ZERO
    })
    .await;
    eventually("one more call is allowed", async || {
        limiter.check(&FAST, "ann").await == Decision::Allowed
    })
    .await;
}

/// One test for each clause.
#[macro_export]
macro_rules! limiter_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(limiter, $fixture;
            the_burst_is_allowed_and_no_more,
            keys_are_independent,
            quotas_are_independent,
            waiting_helps,
        );
    };
}
