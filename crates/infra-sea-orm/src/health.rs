use std::time::Duration;

use async_trait::async_trait;
use domain::shared::{
    error::{Cause, StoreError},
    ports::HealthCheck,
};
use shaku::Component;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{
    connect::Database,
    row::get_optional_time,
    sql::{Dialect, Sql},
};

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

impl Database {
    /// What time it is on the database's machine; `None` when that is this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn server_time(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";
        let row = self.fetch_first(sql, Vec::new()).await?;
        row.map_or(Ok(None), |row| get_optional_time(&row, "now"))
    }
}
