//! Rate limits: a steady rate with a burst (generic cell rate algorithm).

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

/// What the limiter says to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allowed,
    /// Refused; trying again makes sense after this long.
    RetryAfter(Duration),
}

/// Counts calls per key. Never fails: when a shared counter does not answer, the adapter counts
/// locally, neither open nor closed.
#[async_trait]
pub trait RateLimiter: Interface {
    /// Counts one call of `key` (an address, an account) against `quota`.
    async fn check(&self, quota: &Quota, key: &str) -> Decision;
}
