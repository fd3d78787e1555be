use async_trait::async_trait;
use domain::shared::{error::Cause, ports::HealthCheck};
use shaku::Component;

use crate::pool::RedisPool;

/// Whether Redis answers. Every request is served without it.
#[derive(Component)]
#[shaku(interface = HealthCheck)]
pub struct RedisHealth {
    /// Who is asked.
    pub pool: RedisPool,
}

#[async_trait]
impl HealthCheck for RedisHealth {
    fn service(&self) -> &'static str {
        "cache"
    }

    fn is_essential(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Cause> {
        Ok(self.pool.ping().await?)
    }
}
