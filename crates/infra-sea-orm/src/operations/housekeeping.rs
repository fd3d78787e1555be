use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Leftover},
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::micros,
    sql::{Dialect, Sql},
    sql_list::values,
};

/// Removes what is of no use any more.
#[derive(Component)]
#[shaku(interface = Housekeeping)]
pub struct SeaHousekeeping {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl Housekeeping for SeaHousekeeping {
    async fn remove(
        &self,
        what: Leftover,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let (table, found) = match what {
            Leftover::IdempotentAnswers => ("idempotency_records", ANSWERS),
            Leftover::PublishedEvents => ("outbox", EVENTS),
            Leftover::HandledEvents => ("inbox", HANDLED),
            Leftover::ProviderEvents => ("provider_events", PROVIDER_EVENTS),
            Leftover::Tasks => ("tasks", TASKS),
        };
        let values = values![micros(before), i64::from(limit)].to_vec();
        // Seen without the writer first: mostly there is nothing to remove.
        let any = found.replace("{row}", "1 AS one");
        if self.db.fetch_first(&any, values.clone()).await?.is_none() {
            return Ok(0);
        }
        let row = match self.db.dialect() {
            Dialect::Sqlite => "rowid",
            Dialect::Postgres => "ctid",
        };
        let sql = match self.db.dialect() {
            Dialect::Sqlite => {
                format!("DELETE FROM {table} WHERE rowid IN ({})", found.replace("{row}", row))
            }
            // As an array: the rows are found once and then taken by their places.
            Dialect::Postgres => format!(
                "DELETE FROM {table} WHERE ctid = ANY (ARRAY({}))",
                found.replace("{row}", row)
            ),
        };
        let uow = self.db.begin(&Provenance::default()).await?;
        let removed = uow.execute(&sql, values).await?;
        Box::new(uow).commit().await?;
        Ok(u32::try_from(removed).unwrap_or(u32::MAX))
    }
}

const ANSWERS: &str = "SELECT {row} FROM idempotency_records WHERE created_at < $1 \
    ORDER BY created_at LIMIT $2";

/// The oldest events the bus took, as far as no older one of the same aggregate would be left: one
/// that is younger by its publication, or that a dead letter is about.
const EVENTS: &str = "SELECT {row} FROM outbox AS old \
    WHERE seq IN (SELECT seq FROM outbox WHERE published_at IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE event_id = outbox.id) \
        ORDER BY seq LIMIT $2) \
        AND published_at < $1 AND NOT EXISTS (SELECT 1 FROM outbox AS earlier \
            WHERE earlier.aggregate_type = old.aggregate_type \
                AND earlier.aggregate_id = old.aggregate_id \
                AND earlier.aggregate_version < old.aggregate_version \
                AND (earlier.published_at IS NULL OR earlier.published_at >= $1 \
                    OR EXISTS (SELECT 1 FROM dead_letters WHERE event_id = earlier.id)))";

const HANDLED: &str = "SELECT {row} FROM inbox WHERE created_at < $1 \
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = inbox.event_id) \
    ORDER BY created_at LIMIT $2";

const PROVIDER_EVENTS: &str = "SELECT {row} FROM provider_events WHERE created_at < $1 \
    ORDER BY created_at LIMIT $2";

const TASKS: &str = "SELECT {row} FROM tasks WHERE pushed_at < $1 ORDER BY pushed_at LIMIT $2";
