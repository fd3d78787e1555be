//! Rate limits counted in this process; each process allows the whole quota.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::shared::limiter::{Decision, LocalRateLimiter, Quota, RateLimiter};
use governor::{
    RateLimiter as Governor,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use shaku::Component;

/// Calls between two looks at how many keys are remembered.
const CHECK_EVERY: u32 = 1_024;

/// Keys of one quota above which those that have their whole burst again are forgotten.
const MANY_KEYS: usize = 10_000;

/// Keys of one quota above which all are forgotten: nobody may fill the memory with them.
const TOO_MANY_KEYS: usize = 1_000_000;

type Keys =
    Governor<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

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
        let keys = known
            .entry(*quota)
            .or_insert_with(|| Arc::new(Governor::keyed(allowed).with_middleware()));
        Some(Arc::clone(keys))
    }

    fn forget_idle(&self, quota: &Quota, keys: &Keys) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if !calls.is_multiple_of(CHECK_EVERY) || keys.len() <= MANY_KEYS {
            return;
        }
        keys.retain_recent();
        keys.shrink_to_fit();
        if keys.len() > TOO_MANY_KEYS {
            self.by_quota.write().unwrap_or_else(PoisonError::into_inner).remove(quota);
        }
    }

    fn count(&self, quota: &Quota, key: &str) -> Decision {
        // A quota without a period limits nothing.
        let Some(keys) = self.keys(quota) else {
            return Decision { remaining: quota.burst, reset: Duration::ZERO, retry_after: None };
        };
        self.forget_idle(quota, &keys);
        match keys.check_key(&key.to_owned()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = quota.burst.saturating_sub(remaining);
                let reset = quota.period.saturating_mul(used);
                Decision { remaining, reset, retry_after: None }
            }
            Err(refused) => {
                let wait = refused.wait_time_from(keys.clock().now());
                let reset = wait + quota.period.saturating_mul(quota.burst.saturating_sub(1));
                Decision { remaining: 0, reset, retry_after: Some(wait) }
            }
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
        self.counters.count(quota, key)
    }
}

/// [`LocalRateLimiter`] of this process.
#[derive(Component, Default)]
#[shaku(interface = LocalRateLimiter)]
pub struct MemoryLocalRateLimiter {
    /// What was counted so far.
    #[shaku(default)]
    counters: MemoryCounters,
}

impl LocalRateLimiter for MemoryLocalRateLimiter {
    fn count(&self, quota: &Quota, key: &str) -> Decision {
        self.counters.count(quota, key)
    }
}
