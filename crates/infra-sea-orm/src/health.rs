use std::time::Duration;

use async_trait::async_trait;
use domain::shared::{error::Cause, ports::HealthCheck};
use shaku::Component;
use tokio::time::timeout;

use crate::{connect::Database, sql::Sql};

const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the database answers within a second.
#[derive(Component)]
#[shaku(interface = HealthCheck)]
pub struct SeaDatabaseHealth {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl HealthCheck for SeaDatabaseHealth {
    fn service(&self) -> &'static str {
        "database"
    }

    fn is_essential(&self) -> bool {
        true
    }

    async fn check(&self) -> Result<(), Cause> {
        timeout(PATIENCE, self.db.fetch("SELECT 1 AS one", Vec::new())).await??;
        Ok(())
    }
}
