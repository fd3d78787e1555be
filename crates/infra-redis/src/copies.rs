use std::time::Duration;

use async_trait::async_trait;
use deadpool_redis::redis::{cmd, pipe};
use domain::shared::copies::{CopiesError, KeeperTime, LookUp, SharedCopies};
use shaku::Component;

use crate::pool::{Failure, RedisPool};

/// Copies that every process sees, by the clock of Redis: a write that a stalled Redis carries out
/// late is not kept longer for it.
#[derive(Component)]
#[shaku(interface = SharedCopies)]
pub struct RedisCopies {
    /// Where copies are kept.
    pool: RedisPool,
}

/// Seconds and microseconds, milliseconds left or a negative number, and the bytes.
type Seen = ((u64, u64), i64, Option<Vec<u8>>);

#[async_trait]
impl SharedCopies for RedisCopies {
    async fn look_up(&self, key: &str) -> Result<LookUp, CopiesError> {
        let key = self.pool.key(key);
        let mut look = pipe();
        look.atomic().cmd("TIME").cmd("PTTL").arg(&key).cmd("GET").arg(&key);
        let seen = self.pool.run(async move |redis| look.query_async::<Seen>(redis).await).await?;
        let ((seconds, micros), left, copy) = seen;
        Ok(match (copy, u64::try_from(left)) {
            (Some(copy), Ok(left)) => {
                LookUp::Found { copy, remaining: Duration::from_millis(left) }
            }
            _ => LookUp::Absent {
                now: KeeperTime(seconds.saturating_mul(1_000).saturating_add(micros / 1_000)),
            },
        })
    }

    async fn keep(&self, key: &str, copy: &[u8], until: KeeperTime) -> Result<(), CopiesError> {
        let set =
            cmd("SET").arg(self.pool.key(key)).arg(copy).arg("PXAT").arg(until.0.max(1)).take();
        Ok(self.pool.run(async move |redis| set.query_async(redis).await).await?)
    }
}

impl From<Failure> for CopiesError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}
