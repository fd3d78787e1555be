//! Bringing the schema of a store to where this program needs it.

use config::Settings;
use infra_sea_orm::Database;

use crate::{AssembleError, assemble::database_settings};

/// What to do with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaChange {
    /// Apply what is pending.
    Up,
    /// Undo the last ones.
    Down {
        /// How many.
        steps: u32,
    },
    /// Drop everything, data included, and apply all.
    Fresh,
}

/// Changes the schema of the store the settings name.
///
/// # Errors
/// [`AssembleError`] when the store does not answer or refuses.
pub async fn change_schema(settings: &Settings, change: SchemaChange) -> Result<(), AssembleError> {
    let database = Database::connect(&database_settings(settings)).await?;
    let connection = database.migration_connection();
    match change {
        SchemaChange::Up => migration::up(connection).await,
        SchemaChange::Down { steps } => migration::down(connection, steps).await,
        SchemaChange::Fresh => migration::fresh(connection).await,
    }
    .map_err(AssembleError::schema)?;
    database.close().await;
    Ok(())
}

/// Names of all migrations, oldest first, and whether each is applied.
///
/// # Errors
/// [`AssembleError`] when the store does not answer.
pub async fn migrations(settings: &Settings) -> Result<Vec<(String, bool)>, AssembleError> {
    let database = Database::connect(&database_settings(settings)).await?;
    let all = status(&database).await?;
    database.close().await;
    Ok(all)
}

/// Migrates a SQLite file, which has one owner; on PostgreSQL refuses to start while migrations
/// are pending.
pub(crate) async fn make_ready(
    database: &Database,
    settings: &Settings,
) -> Result<(), AssembleError> {
    if settings.db_url().expose().starts_with("sqlite:") {
        let connection = database.migration_connection();
        return migration::up(connection).await.map_err(AssembleError::schema);
    }
    let pending = status(database).await?.iter().filter(|(_, applied)| !applied).count();
    if pending == 0 { Ok(()) } else { Err(AssembleError::PendingMigrations(pending)) }
}

async fn status(database: &Database) -> Result<Vec<(String, bool)>, AssembleError> {
    let all =
        migration::status(database.migration_connection()).await.map_err(AssembleError::schema)?;
    Ok(all.into_iter().map(|one| (one.name, one.is_applied)).collect())
}
