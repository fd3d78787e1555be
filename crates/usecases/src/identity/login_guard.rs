use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{Knocker, LoginGuard, LoginLimits, TooManyTries},
    shared::limiter::{Attempt, FailureCounter, RateLimiter},
};
use shaku::Component;

/// Implements [`LoginGuard`] by counting.
#[derive(Component)]
#[shaku(interface = LoginGuard)]
pub struct CountingLoginGuard {
    #[shaku(inject)]
    limiter: Arc<dyn RateLimiter>,
    #[shaku(inject)]
    failures: Arc<dyn FailureCounter>,
    /// How often; without limits everybody may try.
    limits: Option<LoginLimits>,
}

#[async_trait]
impl LoginGuard for CountingLoginGuard {
    async fn admit(&self, knocker: &Knocker) -> Result<(), TooManyTries> {
        let Some(limits) = &self.limits else { return Ok(()) };
        for quota in [&limits.minute, &limits.hour] {
            if let Some(wait) = self.limiter.check(quota, knocker.as_str()).await.retry_after {
                return Err(TooManyTries::Wait(wait));
            }
        }
        match self.failures.attempt(&limits.failures, knocker.as_str()).await {
            Attempt::Admitted => Ok(()),
            Attempt::Wait(wait) => Err(TooManyTries::Wait(wait)),
            Attempt::Stopped => Err(TooManyTries::Stopped),
        }
    }

    async fn take_back(&self, knocker: &Knocker) {
        if let Some(limits) = &self.limits {
            self.failures.take_back(&limits.failures, knocker.as_str()).await;
        }
    }

    async fn forget(&self, knocker: &Knocker) {
        if let Some(limits) = &self.limits {
            self.failures.forget(&limits.failures, knocker.as_str()).await;
        }
    }
}
