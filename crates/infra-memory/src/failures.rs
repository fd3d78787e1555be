//! Failed attempts counted in this process, until it ends.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::shared::limiter::{Attempt, FailureCounter, FailurePolicy};
use moka::{Expiry, ops::compute::Op, sync::Cache};
use shaku::Component;

/// Counters kept at most.
const CAPACITY: u64 = 200_000;

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    blocked_until: Instant,
    kept: Duration,
}

struct AsLongAsSaid;

impl Expiry<String, Failures> for AsLongAsSaid {
    fn expire_after_create(&self, _: &String, failures: &Failures, _: Instant) -> Option<Duration> {
        Some(failures.kept)
    }

    fn expire_after_update(
        &self,
        _: &String,
        failures: &Failures,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(failures.kept)
    }
}

/// Failures by key; clones share them.
#[derive(Clone)]
pub struct MemoryFailures(Cache<String, Failures>);

impl Default for MemoryFailures {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).expire_after(AsLongAsSaid).build())
    }
}

/// [`FailureCounter`] of one process.
#[derive(Component, Default)]
#[shaku(interface = FailureCounter)]
pub struct MemoryFailureCounter {
    /// What was counted so far.
    #[shaku(default)]
    failures: MemoryFailures,
}

#[async_trait]
impl FailureCounter for MemoryFailureCounter {
    async fn attempt(&self, policy: &FailurePolicy, key: &str) -> Attempt {
        let now = Instant::now();
        let mut said = Attempt::Admitted;
        let said_out = &mut said;
        self.failures.0.entry(name(policy, key)).and_compute_with(|found| {
            let known = found.map(moka::Entry::into_value);
            let count = known.map_or(0, |known| known.count);
            let left = known
                .map_or(Duration::ZERO, |known| known.blocked_until.saturating_duration_since(now));
            if count >= policy.stop_at {
                *said_out = Attempt::Stopped;
                Op::Nop
            } else if left > Duration::ZERO {
                *said_out = Attempt::Wait(left);
                Op::Nop
            } else {
                Op::Put(after(policy, count + 1, now))
            }
        });
        said
    }

    async fn take_back(&self, policy: &FailurePolicy, key: &str) {
        let now = Instant::now();
        self.failures.0.entry(name(policy, key)).and_compute_with(|found| {
            match found.map(moka::Entry::into_value) {
                None => Op::Nop,
                Some(Failures { count: 0 | 1, .. }) => Op::Remove,
                Some(known) => {
                    Op::Put(Failures { blocked_until: now, count: known.count - 1, ..known })
                }
            }
        });
    }

    async fn forget(&self, policy: &FailurePolicy, key: &str) {
        self.failures.0.invalidate(&name(policy, key));
    }
}

fn name(policy: &FailurePolicy, key: &str) -> String {
    format!("{}:{key}", policy.name)
}

fn after(policy: &FailurePolicy, count: u32, now: Instant) -> Failures {
    Failures { count, blocked_until: now + policy.wait_after(count), kept: policy.kept }
}
