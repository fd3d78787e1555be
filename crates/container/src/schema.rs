//! Bringing the schema of a store to where this program needs it.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt};

use config::Settings;
use infra_sea_orm::{Database, DatabaseSettings};

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
    let database = connect(settings).await?;
    let connection = database.migration_connection();
    match change {
        SchemaChange::Up => migration::up(connection).await,
        SchemaChange::Down { steps } => migration::down(connection, steps).await,
        SchemaChange::Fresh => migration::fresh(connection).await,
    }
    .map_err(AssembleError::schema)?;
    if change == SchemaChange::Up {
        index(&database).await?;
    }
    database.close().await;
    Ok(())
}

/// Makes lists and searches know what an earlier version of the program stored.
async fn index(database: &Database) -> Result<(), AssembleError> {
    let products = database.index_products().await.map_err(AssembleError::schema)?;
    if products > 0 {
        tracing::info!(products, "indexed for lists and searches");
    }
    Ok(())
}

/// Names of all migrations, oldest first, and whether each is applied.
///
/// # Errors
/// [`AssembleError`] when the store does not answer.
pub async fn migrations(settings: &Settings) -> Result<Vec<(String, bool)>, AssembleError> {
    let database = if is_unmade(settings) {
        connect(settings).await?
    } else {
        let looking = DatabaseSettings { read_only: true, ..database_settings(settings) };
        open(settings, &looking).await?
    };
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
    if is_file(settings) {
        let connection = database.migration_connection();
        migration::up(connection).await.map_err(AssembleError::schema)?;
        index(database).await?;
        return database.hand_back_claims().await.map_err(AssembleError::schema);
    }
    must_be_current(database).await
}

/// Refuses a store that lacks migrations.
pub(crate) async fn must_be_current(database: &Database) -> Result<(), AssembleError> {
    let pending = status(database).await?.iter().filter(|(_, applied)| !applied).count();
    if pending == 0 { Ok(()) } else { Err(AssembleError::PendingMigrations(pending)) }
}

/// Opens the store for writing; the folder of a file is made when it is missing.
pub(crate) async fn connect(settings: &Settings) -> Result<Database, AssembleError> {
    if is_file(settings) {
        let path = &settings.app.data_dir;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| AssembleError::DataDir { path: path.clone(), source })?;
    }
    open(settings, &database_settings(settings)).await
}

/// Opens the store the settings name.
pub(crate) async fn open(
    settings: &Settings,
    how: &DatabaseSettings,
) -> Result<Database, AssembleError> {
    Database::connect(how)
        .await
        .map_err(|source| AssembleError::Database { place: place(settings), source })
}

/// Where the store is, without who signs in and how.
fn place(settings: &Settings) -> String {
    let url = settings.db_url();
    let (_, address) = url.expose().split_once(':').unwrap_or_default();
    let address = address.split('?').next().unwrap_or_default();
    let (_, place) = address.rsplit_once('@').unwrap_or(("", address));
    place.trim_start_matches("//").to_owned()
}

fn is_file(settings: &Settings) -> bool {
    settings.db_url().expose().starts_with("sqlite:")
}

/// Whether the store is a file in the data directory that nobody made yet.
pub fn is_unmade(settings: &Settings) -> bool {
    settings.db.url.is_empty() && is_file(settings) && !settings.data_file("kontor.db").exists()
}

async fn status(database: &Database) -> Result<Vec<(String, bool)>, AssembleError> {
    let all =
        migration::status(database.migration_connection()).await.map_err(AssembleError::schema)?;
    Ok(all.into_iter().map(|one| (one.name, one.is_applied)).collect())
}
