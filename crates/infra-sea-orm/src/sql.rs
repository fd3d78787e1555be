use async_trait::async_trait;
use domain::shared::{actor::Viewer, error::StoreError};
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

/// Which text of a statement to use where the two must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(crate) const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }
}

pub(crate) type Row = sea_orm::QueryResult;

/// Runs one counted statement, in a transaction or on the read pool.
#[async_trait]
pub(crate) trait Sql: Sync {
    fn dialect(&self) -> Dialect;

    /// Answers how many rows were affected.
    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError>;

    async fn fetch(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError>;

    /// The first row, when there is one.
    async fn fetch_first(&self, sql: &str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }
}

/// What binds who looks: the person whose own is seen, nobody being nil, and whether everything is.
pub(crate) fn seen_by(viewer: Viewer) -> [Value; 2] {
    let (person, sees_all) = match viewer {
        Viewer::Anybody => (Uuid::nil(), false),
        Viewer::Person(user) => (user.raw(), false),
        Viewer::Staff => (Uuid::nil(), true),
    };
    [person.into(), sees_all.into()]
}

/// `($1, $2), ($3, $4)`: placeholders of a multi-row INSERT, the first being `$first`. SQLite looks
/// for a named one among all before it, so there they have no names: `(?, ?), (?, ?)`.
pub(crate) fn placeholders(dialect: Dialect, first: usize, rows: usize, columns: usize) -> String {
    let row = |row: usize| match dialect {
        Dialect::Sqlite => format!("({})", vec!["?"; columns].join(", ")),
        Dialect::Postgres => list(first + row * columns, columns),
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `($1, $2, $3)`: placeholders of one row or an `IN`, the first being `$first`.
pub(crate) fn list(first: usize, len: usize) -> String {
    let list: Vec<_> = (first..first + len).map(|index| format!("${index}")).collect();
    format!("({})", list.join(", "))
}
