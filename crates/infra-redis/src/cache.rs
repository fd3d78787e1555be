use std::time::Duration;

use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use domain::shared::cache::{Cache, CacheError};
use shaku::Component;

use crate::pool::{Failure, RedisPool};

/// A cache that every process sees.
#[derive(Component)]
#[shaku(interface = Cache)]
pub struct RedisCache {
    /// Where values are kept.
    pool: RedisPool,
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let get = cmd("GET").arg(self.pool.key(key)).take();
        Ok(self.pool.run(async move |redis| get.query_async(redis).await).await?)
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let set = cmd("SET").arg(self.pool.key(key)).arg(value).arg("PX").arg(millis(ttl)).take();
        Ok(self.pool.run(async move |redis| set.query_async(redis).await).await?)
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let mut set = cmd("SET");
        set.arg(self.pool.key(key)).arg(value).arg("PX").arg(millis(ttl)).arg("NX");
        let stored: Option<String> =
            self.pool.run(async move |redis| set.query_async(redis).await).await?;
        Ok(stored.is_some())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        let del = cmd("DEL").arg(self.pool.key(key)).take();
        Ok(self.pool.run(async move |redis| del.query_async(redis).await).await?)
    }
}

/// Redis refuses a lifetime of nothing.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, LONGEST)
}

/// A century, in milliseconds: Redis refuses what overflows its clock.
const LONGEST: u64 = 100 * 365 * 24 * 60 * 60 * 1_000;

impl From<Failure> for CacheError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}
