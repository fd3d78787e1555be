//! Statements over many rows, split so that neither database refuses them for their size.

use domain::shared::error::StoreError;
use sea_orm::Value;

use crate::sql::{Dialect, Sql, placeholders};

/// How many values one statement may have: SQLite takes 32,766 and PostgreSQL 65,535.
const fn max_values(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Sqlite => 32_000,
        Dialect::Postgres => 65_000,
    }
}

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
    let most = max_values(sql.dialect()) / COLUMNS;
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = rows.len().min(most);
        let values: Vec<Value> = rows.by_ref().take(count).flatten().collect();
        let rows = placeholders(sql.dialect(), 1, count, COLUMNS);
        sql.execute(&format!("{head} VALUES {rows}"), values).await?;
    }
    Ok(())
}

/// Rows for one table, that may be stored together with those for others.
pub(crate) struct Rows {
    head: &'static str,
    tail: &'static str,
    columns: usize,
    values: Vec<Value>,
}

impl Rows {
    /// `head` is an INSERT without its VALUES.
    pub(crate) fn new<const COLUMNS: usize>(
        head: &'static str,
        rows: impl IntoIterator<Item = [Value; COLUMNS]>,
    ) -> Self {
        Self { head, tail: "", columns: COLUMNS, values: rows.into_iter().flatten().collect() }
    }

    /// Ends the INSERT with `tail`.
    pub(crate) const fn ending(mut self, tail: &'static str) -> Self {
        self.tail = tail;
        self
    }
}

/// As few statements as store all of `tables`, in this order: each is a round trip, which costs
/// more than the rows do.
pub(crate) fn insert_together(dialect: Dialect, tables: Vec<Rows>) -> Vec<(String, Vec<Value>)> {
    let mut statements = Vec::new();
    let (mut inserts, mut values) = (Vec::new(), Vec::new());
    for table in tables.into_iter().filter(|table| !table.values.is_empty()) {
        if values.len() + table.values.len() > max_values(dialect) {
            statements.push((joined(dialect, &inserts), std::mem::take(&mut values)));
            inserts.clear();
        }
        let count = table.values.len() / table.columns;
        let rows = placeholders(dialect, values.len() + 1, count, table.columns);
        inserts.push(format!("{} VALUES {rows}{}", table.head, table.tail));
        values.extend(table.values);
    }
    statements.push((joined(dialect, &inserts), values));
    statements.retain(|(_, values)| !values.is_empty());
    statements
}

/// SQLite runs one text of several statements; PostgreSQL wants them to be one.
fn joined(dialect: Dialect, inserts: &[String]) -> String {
    match (dialect, inserts.split_last()) {
        (Dialect::Postgres, Some((last, earlier))) if !earlier.is_empty() => {
            let earlier = earlier.iter().zip(1_usize..);
            let earlier: Vec<_> =
                earlier.map(|(insert, number)| format!("insert_{number} AS ({insert})")).collect();
            format!("WITH {} {last}", earlier.join(", "))
        }
        _ => inserts.join("; "),
    }
}
