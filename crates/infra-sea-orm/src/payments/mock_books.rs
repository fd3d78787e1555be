use async_trait::async_trait;
use domain::{
    payments::{MockBooks, MockEntry},
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use shaku::Component;

use crate::{connect::Database, row::get, sql::Sql, sql_list::values};

/// Keeps the books of the mock provider beside the store, so that all processes see them.
#[derive(Component)]
#[shaku(interface = MockBooks)]
pub struct SeaMockBooks {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl MockBooks for SeaMockBooks {
    async fn read(&self, name: &str) -> Result<Option<MockEntry>, StoreError> {
        let Some(row) = self.db.fetch_first(READ, values![name].to_vec()).await? else {
            return Ok(None);
        };
        Ok(Some(MockEntry { body: get(&row, "body")?, version: get(&row, "version")? }))
    }

    async fn write(&self, name: &str, entry: &MockEntry) -> Result<bool, StoreError> {
        let uow = self.db.begin(&Provenance::default()).await?;
        let sql = if entry.version == 1 { INSERT } else { UPDATE };
        let values = values![name, entry.body.as_str(), entry.version];
        let written = uow.execute(sql, values.to_vec()).await? == 1;
        Box::new(uow).commit().await?;
        Ok(written)
    }
}

const READ: &str = "SELECT body, version FROM mock_entries WHERE name = $1";

const INSERT: &str =
    "INSERT INTO mock_entries (name, body, version) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

const UPDATE: &str =
    "UPDATE mock_entries SET body = $2, version = $3 WHERE name = $1 AND version = $3 - 1";
