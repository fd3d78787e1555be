//! How often something may be done: a steady rate with a burst (generic cell rate algorithm), and
//! waits that grow with every failure.

use std::time::Duration;

use async_trait::async_trait;
use shaku::Interface;

/// How much is allowed: `burst` at once, then one per `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Name of the limit, part of the bucket's key.
    pub name: &'static str,
    /// Calls allowed at once, at least 1.
    pub burst: u32,
    /// Time after which one more call is allowed.
    pub period: Duration,
}

impl Quota {
    /// `burst` at once and `per_second` a second.
    pub fn per_second(name: &'static str, per_second: u32, burst: u32) -> Self {
        Self { name, burst, period: Duration::from_secs(1) / per_second.max(1) }
    }

    /// `calls` at once, and as many again spread over each `window`.
    pub fn per_window(name: &'static str, calls: u32, window: Duration) -> Self {
        Self { name, burst: calls, period: window / calls.max(1) }
    }

    /// Time after which the whole burst is allowed again.
    pub const fn window(&self) -> Duration {
        self.period.saturating_mul(self.burst)
    }
}

/// What the limiter says to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Calls that would still be allowed at once.
    pub remaining: u32,
    /// Time until the whole burst is allowed again.
    pub reset: Duration,
    /// `None`: go on. Else refused; trying again makes sense after this long.
    pub retry_after: Option<Duration>,
}

impl Decision {
    /// Whether to go on.
    pub const fn is_allowed(&self) -> bool {
        self.retry_after.is_none()
    }
}

/// Counts calls per key, all processes together where they share a counter. Never fails: when it
/// does not answer, the adapter counts locally, neither open nor closed.
#[async_trait]
pub trait RateLimiter: Interface {
    /// Counts one call of `key` (an address, an account) against `quota`.
    async fn check(&self, quota: &Quota, key: &str) -> Decision;
}

/// Counts calls per key in this process alone, without waiting for anybody: for limits that keep
/// one process from being overrun, and that every request pays for.
pub trait LocalRateLimiter: Interface {
    /// Counts one call of `key` against `quota`.
    fn count(&self, quota: &Quota, key: &str) -> Decision;
}

/// How long somebody has to wait who fails again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FailurePolicy {
    /// Name of the limit, part of the counter's key.
    pub name: &'static str,
    /// Failures without a wait.
    pub free: u32,
    /// Wait after the first failure that is not free; doubled by each further one.
    pub first_wait: Duration,
    /// Longest wait.
    pub longest_wait: Duration,
    /// Failures after which nothing but [`FailureCounter::forget`] helps.
    pub stop_at: u32,
    /// How long a counter is kept after the last attempt.
    pub kept: Duration,
}

impl FailurePolicy {
    /// The wait after `failures` in a row.
    pub fn wait_after(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free.saturating_add(1)) else {
            return Duration::ZERO;
        };
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

/// Whether one more attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Go on; it counts as failed until it is known to be none.
    Admitted,
    /// Not before this long.
    Wait(Duration),
    /// Not before the counter is forgotten.
    Stopped,
}

/// Counts attempts that failed in a row. An attempt counts when it begins, so that many at once
/// are not one. Never fails, as [`RateLimiter`].
#[async_trait]
pub trait FailureCounter: Interface {
    /// Begins an attempt of `key`.
    async fn attempt(&self, policy: &FailurePolicy, key: &str) -> Attempt;
    /// Takes one attempt back that was neither right nor wrong.
    async fn take_back(&self, policy: &FailurePolicy, key: &str);
    /// Forgets every failure of `key`.
    async fn forget(&self, policy: &FailurePolicy, key: &str);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::FailurePolicy;

    #[test]
    fn a_wait_doubles_up_to_the_longest() {
        let policy = FailurePolicy {
            name: "login",
            free: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(900),
            stop_at: 100,
            kept: Duration::from_secs(1),
        };
        let waits = [0, 5, 6, 7, 10, 15, 16, 100, u32::MAX]
            .map(|failures| policy.wait_after(failures).as_secs());
        assert_eq!(waits, [0, 0, 1, 2, 16, 512, 900, 900, 900]);
    }
}
