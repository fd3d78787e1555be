use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Runs `sql`, one text for both databases; `{bytes}` is the type of byte strings in each, and
/// `{no_bytes}` the empty one.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let (bytes, no_bytes) = match manager.get_database_backend() {
        DbBackend::Sqlite => ("blob", "x''"),
        _ => ("bytea", "''"),
    };
    let sql = sql.replace("{bytes}", bytes).replace("{no_bytes}", no_bytes);
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}
