use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::Script;
use domain::shared::limiter::{Decision, Quota, RateLimiter};
use shaku::Component;

use crate::pool::RedisPool;

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/gcra.lua")));

/// Counts calls of all processes together; on its own while Redis does not answer.
#[derive(Component)]
#[shaku(interface = RateLimiter)]
pub struct RedisRateLimiter {
    /// Where calls are counted.
    pool: RedisPool,
    /// Who counts while Redis does not answer.
    local: Arc<dyn RateLimiter>,
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn check(&self, quota: &Quota, key: &str) -> Decision {
        let bucket = self.pool.key(&format!("limit:{}:{key}", quota.name));
        let period = u64::try_from(quota.period.as_micros()).unwrap_or(u64::MAX);
        let counted = self.pool.run(async move |redis| {
            GCRA.key(bucket)
                .arg(period)
                .arg(quota.burst)
                .invoke_async::<(u64, u32, u64)>(redis)
                .await
        });
        match counted.await {
            Ok((wait, remaining, reset)) => Decision {
                remaining,
                reset: Duration::from_micros(reset),
                retry_after: (wait > 0).then(|| Duration::from_micros(wait)),
            },
            Err(failure) => {
                tracing::debug!(%failure, "the local limiter decides");
                self.local.check(quota, key).await
            }
        }
    }
}
