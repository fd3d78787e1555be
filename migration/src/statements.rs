use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Runs `sql`, one text for both databases. `{bytes}` is the type of byte strings in each and
/// `{no_bytes}` the empty one, `{serial}` a number each row gets by itself, and `{by_bytes}` the
/// collation that compares text byte by byte.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Sqlite => ["blob", "x''", "integer", "BINARY"],
        _ => ["bytea", "''", "bigint GENERATED ALWAYS AS IDENTITY", "\"C\""],
    };
    let places = ["{bytes}", "{no_bytes}", "{serial}", "{by_bytes}"];
    let sql = places
        .iter()
        .zip(words)
        .fold(sql.to_owned(), |sql, (place, word)| sql.replace(place, word));
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}
