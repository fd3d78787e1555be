use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::{Script, cmd};
use domain::shared::limiter::{Attempt, FailureCounter, FailurePolicy};
use shaku::Component;

use crate::pool::RedisPool;

static ATTEMPT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/attempt.lua")));
static TAKE_BACK: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/take_back.lua")));

/// Counts failed attempts of all processes together; on its own while Redis does not answer.
#[derive(Component)]
#[shaku(interface = FailureCounter)]
pub struct RedisFailureCounter {
    /// Where failures are counted.
    pool: RedisPool,
    /// Who counts while Redis does not answer.
    local: Arc<dyn FailureCounter>,
}

impl RedisFailureCounter {
    fn name(&self, policy: &FailurePolicy, key: &str) -> String {
        self.pool.key(&format!("failures:{}:{key}", policy.name))
    }
}

#[async_trait]
impl FailureCounter for RedisFailureCounter {
    async fn attempt(&self, policy: &FailurePolicy, key: &str) -> Attempt {
        let name = self.name(policy, key);
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let kept = u64::try_from(policy.kept.as_millis()).unwrap_or(u64::MAX).max(1);
        let asked = self.pool.run(async move |redis| {
            ATTEMPT
                .key(name)
                .arg(policy.free)
                .arg(micros(policy.first_wait))
                .arg(micros(policy.longest_wait))
                .arg(policy.stop_at)
                .arg(kept)
                .invoke_async::<i64>(redis)
                .await
        });
        match asked.await {
            Ok(0) => Attempt::Admitted,
            Ok(wait) => u64::try_from(wait)
                .map_or(Attempt::Stopped, |wait| Attempt::Wait(Duration::from_micros(wait))),
            Err(failure) => {
                tracing::debug!(%failure, "failures are counted in this process");
                self.local.attempt(policy, key).await
            }
        }
    }

    async fn take_back(&self, policy: &FailurePolicy, key: &str) {
        let name = self.name(policy, key);
        let asked =
            self.pool.run(async move |redis| TAKE_BACK.key(name).invoke_async::<u64>(redis).await);
        if let Err(failure) = asked.await {
            tracing::debug!(%failure, "failures are counted in this process");
            self.local.take_back(policy, key).await;
        }
    }

    async fn forget(&self, policy: &FailurePolicy, key: &str) {
        let del = cmd("DEL").arg(self.name(policy, key)).take();
        let asked = self.pool.run(async move |redis| del.query_async::<u64>(redis).await);
        if let Err(failure) = asked.await {
            tracing::warn!(%failure, "failures were not forgotten in Redis");
        }
        // Also what was counted while Redis was away.
        self.local.forget(policy, key).await;
    }
}
