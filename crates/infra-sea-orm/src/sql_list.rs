//! Statements over many rows, split so that neither database refuses them for their size.

use domain::shared::{error::StoreError, event::NewEvent};
use sea_orm::Value;

use crate::sql::{Sql, placeholders};

/// SQLite takes 32,766 values in one statement and PostgreSQL 65,535.
const MAX_VALUES: usize = 32_000;

/// The values of one row or one statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$(sea_orm::Value::from($value)),*] };
}
pub(crate) use values;

/// Runs `head` followed by the rows; no rows are no statement.
pub(crate) async fn insert<const COLUMNS: usize>(
    sql: &dyn Sql,
    head: &str,
    rows: Vec<[Value; COLUMNS]>,
) -> Result<(), StoreError> {
    let most = MAX_VALUES / COLUMNS;
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = rows.len().min(most);
        let values: Vec<Value> = rows.by_ref().take(count).flatten().collect();
        sql.execute(&format!("{head} VALUES {}", placeholders(count, COLUMNS)), values).await?;
    }
    Ok(())
}

/// Version of an aggregate that recorded `events`.
pub(crate) fn version_after(events: &[NewEvent]) -> i64 {
    events.last().map_or(0, |event| event.aggregate_version)
}
