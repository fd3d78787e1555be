use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Runs `sql`, one text for both databases; `{bytes}` is the type of byte strings in each.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let bytes = match manager.get_database_backend() {
        DbBackend::Sqlite => "blob",
        _ => "bytea",
    };
    manager.get_connection().execute_unprepared(&sql.replace("{bytes}", bytes)).await.map(drop)
}
