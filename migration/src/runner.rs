use sea_orm_migration::{
    MigrationStatus as Recorded, MigratorTrait,
    sea_orm::{
        ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
        TransactionTrait,
    },
};

use crate::Migrator;

/// The schema was not changed.
#[derive(Debug, thiserror::Error)]
#[error("the schema could not be migrated")]
pub struct MigrationError(#[from] DbErr);

/// One migration this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name, which begins with its date.
    pub name: String,
    /// Whether the database has it.
    pub is_applied: bool,
}

/// Applies what the database lacks, all or nothing; several processes may ask at once.
///
/// # Errors
/// [`MigrationError`] when the database refuses; then nothing has changed.
pub async fn up(connection: &DatabaseConnection) -> Result<(), MigrationError> {
    let transaction = begin(connection).await?;
    Migrator::up(&transaction, None).await?;
    Ok(transaction.commit().await?)
}

/// Takes back the last `steps` migrations with everything stored in them, all or nothing.
///
/// # Errors
/// [`MigrationError`] when the database refuses; then nothing has changed.
pub async fn down(connection: &DatabaseConnection, steps: u32) -> Result<(), MigrationError> {
    let transaction = begin(connection).await?;
    Migrator::down(&transaction, Some(steps)).await?;
    Ok(transaction.commit().await?)
}

/// Drops everything and applies all migrations.
///
/// # Errors
/// [`MigrationError`] when the database refuses.
pub async fn fresh(connection: &DatabaseConnection) -> Result<(), MigrationError> {
    Ok(Migrator::fresh(connection).await?)
}

/// Every migration, oldest first, without writing anything.
///
/// # Errors
/// [`MigrationError`] when the database does not answer, or has a migration this program does not
/// know.
pub async fn status(
    connection: &DatabaseConnection,
) -> Result<Vec<MigrationStatus>, MigrationError> {
    let known = Migrator::get_migration_with_status_read_only(connection).await?;
    let status = known.iter().map(|migration| MigrationStatus {
        name: migration.name().to_owned(),
        is_applied: migration.status() == Recorded::Applied,
    });
    Ok(status.collect())
}

async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = connection.begin().await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Whoever comes second waits for the first, and large tables take their time.
        let patience = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
        transaction.execute_unprepared(patience).await?;
        transaction.execute_unprepared("SELECT pg_advisory_xact_lock(7301170041)").await?;
    }
    Ok(transaction)
}
