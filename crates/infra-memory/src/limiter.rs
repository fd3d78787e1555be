//! Rate limits counted in this process; each process allows the whole quota.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use domain::shared::limiter::{Decision, Quota, RateLimiter};
use governor::{DefaultKeyedRateLimiter, clock::Clock};
use shaku::Component;

/// Calls between two looks at how many keys are remembered.
const CHECK_EVERY: u32 = 1_024;

/// Keys of one quota above which those that have their whole burst again are forgotten.
const MANY_KEYS: usize = 10_000;

type Keys = DefaultKeyedRateLimiter<String>;

/// What was counted so far; clones share it.
#[derive(Clone, Default)]
pub struct MemoryCounters {
    by_quota: Arc<RwLock<HashMap<Quota, Arc<Keys>>>>,
    calls: Arc<AtomicU32>,
}

impl MemoryCounters {
    fn keys(&self, quota: &Quota) -> Option<Arc<Keys>> {
        let known = self.by_quota.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = known.get(quota) {
            return Some(Arc::clone(keys));
        }
        drop(known);
        let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
        let allowed = governor::Quota::with_period(quota.period)?.allow_burst(burst);
        let mut known = self.by_quota.write().unwrap_or_else(PoisonError::into_inner);
        let keys = known.entry(*quota).or_insert_with(|| Arc::new(Keys::keyed(allowed)));
        Some(Arc::clone(keys))
    }

    fn forget_idle(&self, keys: &Keys) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if calls.is_multiple_of(CHECK_EVERY) && keys.len() > MANY_KEYS {
            keys.retain_recent();
            keys.shrink_to_fit();
        }
    }
}

/// [`RateLimiter`] of one process.
#[derive(Component, Default)]
#[shaku(interface = RateLimiter)]
pub struct MemoryRateLimiter {
    /// What was counted so far.
    #[shaku(default)]
    counters: MemoryCounters,
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn check(&self, quota: &Quota, key: &str) -> Decision {
        // A quota without a period limits nothing.
        let Some(keys) = self.counters.keys(quota) else { return Decision::Allowed };
        self.counters.forget_idle(&keys);
        match keys.check_key(&key.to_owned()) {
            Ok(()) => Decision::Allowed,
            Err(refused) => Decision::RetryAfter(refused.wait_time_from(keys.clock().now())),
        }
    }
}
