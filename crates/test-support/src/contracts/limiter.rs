//! Contract of [`RateLimiter`].

use std::{any::Any, sync::Arc, time::Duration};

use domain::shared::limiter::{Quota, RateLimiter};

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
        assert!(limiter.check(quota, key).await.is_allowed(), "call {call}");
    }
}

async fn is_allowed(limiter: &dyn RateLimiter, quota: &Quota, key: &str) -> bool {
    limiter.check(quota, key).await.is_allowed()
}

/// The burst is allowed, and then a wait is named that is neither nothing nor over a period.
pub async fn the_burst_is_allowed_and_no_more(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    for _ in 0..3 {
        let wait = limiter.check(&SLOW, "ann").await.retry_after.unwrap();
        assert!(wait > Duration::ZERO && wait <= SLOW.period, "{wait:?}");
    }
}

/// Each call says how many are left, and when all of them will be there again.
pub async fn what_is_left_is_told(Fixture { limiter, keep: _keep }: Fixture) {
    // A busy machine may take a while from call to call.
    let about = |time: Duration, periods: u32| {
        let most = SLOW.period * periods;
        time <= most && time > most.saturating_sub(SLOW.period)
    };
    for used in 1..=3 {
        let decision = limiter.check(&SLOW, "ann").await;
        assert_eq!(decision.remaining, 3 - used);
        assert!(about(decision.reset, used), "{decision:?} after {used}");
    }
    let refused = limiter.check(&SLOW, "ann").await;
    assert_eq!(refused.remaining, 0);
    assert!(about(refused.reset, 3), "{refused:?}");
}

/// One key that is used up does not limit another.
pub async fn keys_are_independent(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    assert!(!is_allowed(&*limiter, &SLOW, "ann").await);
    use_up(&*limiter, &SLOW, "bob").await;
}

/// One quota that is used up does not limit another of the same key.
pub async fn quotas_are_independent(Fixture { limiter, keep: _keep }: Fixture) {
    use_up(&*limiter, &SLOW, "ann").await;
    assert!(!is_allowed(&*limiter, &SLOW, "ann").await);
    use_up(&*limiter, &OTHER, "ann").await;
    assert!(!is_allowed(&*limiter, &OTHER, "ann").await);
}

/// Of many calls at once no more than the burst are allowed.
pub async fn many_at_once_do_not_share_a_place(Fixture { limiter, keep: _keep }: Fixture) {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let limiter = Arc::clone(&limiter);
        calls.spawn(async move { is_allowed(&*limiter, &SLOW, "ann").await });
    }
    let allowed = calls.join_all().await.into_iter().filter(|allowed| *allowed).count();
    assert_eq!(allowed, 3);
}

/// Once the wait is over one more call is allowed.
pub async fn waiting_helps(Fixture { limiter, keep: _keep }: Fixture) {
    // More than one call may be needed where the machine is slower than the quota.
    eventually("a call is refused", async || {
        let wait = limiter.check(&FAST, "ann").await.retry_after.unwrap_or_default();
        assert!(wait <= FAST.period, "{wait:?}");
        wait > Duration::ZERO
    })
    .await;
    eventually("one more call is allowed", async || is_allowed(&*limiter, &FAST, "ann").await)
        .await;
}

/// One test for each clause.
#[macro_export]
macro_rules! limiter_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(limiter, $fixture;
            the_burst_is_allowed_and_no_more,
            what_is_left_is_told,
            keys_are_independent,
            quotas_are_independent,
            many_at_once_do_not_share_a_place,
            waiting_helps,
        );
    };
}
