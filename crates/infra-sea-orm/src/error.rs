//! The only place that looks into a driver's errors.

use domain::shared::error::{Cause, StoreError};
use sea_orm::{DbErr, RuntimeErr, SqlxError, SqlxSqliteError, sqlx::error::DatabaseError};

use crate::constraints;

/// What a failed statement, or a transaction that could not begin, means.
pub(crate) fn store_error(error: DbErr) -> StoreError {
    match driver_error(&error) {
        Some(SqlxError::Database(refusal)) => {
            refused(&**refusal).unwrap_or_else(|| unavailable(error))
        }
        Some(
            SqlxError::ColumnNotFound(_)
            | SqlxError::ColumnDecode { .. }
            | SqlxError::ColumnIndexOutOfBounds { .. }
            | SqlxError::TypeNotFound { .. }
            | SqlxError::Decode(_)
            | SqlxError::Encode(_),
        ) => StoreError::Corrupt(error.to_string()),
        Some(_) => unavailable(error),
        None => match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unavailable(error),
            other => StoreError::Corrupt(other.to_string()),
        },
    }
}

/// What a failed COMMIT means: when the answer was lost, nobody knows.
pub(crate) fn commit_error(error: DbErr) -> StoreError {
    let lost = match driver_error(&error) {
        Some(SqlxError::Database(refusal)) => {
            let code = refusal.code().unwrap_or_default();
            if refusal.try_downcast_ref::<SqlxSqliteError>().is_some() {
                // The frames may have reached the disk although the call failed.
                primary_code(&code) == Some(sqlite::IOERR)
            } else {
                code.starts_with("08") || code.starts_with("57P") || code == "40003"
            }
        }
        Some(_) => true,
        None => false,
    };
    if lost { StoreError::OutcomeUnknown(Box::new(error)) } else { store_error(error) }
}

pub(crate) fn unavailable(error: impl Into<Cause>) -> StoreError {
    StoreError::Unavailable(error.into())
}

fn driver_error(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// `None` when the database merely does not answer now.
fn refused(refusal: &dyn DatabaseError) -> Option<StoreError> {
    let code = refusal.code().unwrap_or_default();
    if refusal.try_downcast_ref::<SqlxSqliteError>().is_some() {
        sqlite_refused(&code, refusal.message())
    } else {
        let constraint = || refusal.constraint().unwrap_or_default().to_owned();
        match code.as_ref() {
            "40001" | "40P01" | "55P03" => Some(StoreError::Conflict),
            "23505" => Some(StoreError::AlreadyExists { constraint: constraint() }),
            "23502" => Some(StoreError::Refused { constraint: NOT_NULL.into() }),
            "23503" => Some(StoreError::Refused { constraint: constraint() }),
            "23514" => Some(StoreError::Refused { constraint: constraint() }),
            bug if bug.starts_with("22") || bug.starts_with("42") => Some(corrupt(refusal)),
            _ => None,
        }
    }
}

fn sqlite_refused(code: &str, message: &str) -> Option<StoreError> {
    let named = message.split_once(": ").map_or(message, |(_, name)| name);
    match code.parse::<i32>() {
        Ok(sqlite::UNIQUE | sqlite::PRIMARY_KEY) => {
            let constraint = constraints::unique(named).unwrap_or(named).to_owned();
            Some(StoreError::AlreadyExists { constraint })
        }
        Ok(sqlite::CHECK) => Some(StoreError::Refused { constraint: named.to_owned() }),
        Ok(sqlite::FOREIGN_KEY) => Some(StoreError::Refused { constraint: FOREIGN_KEY.into() }),
        Ok(sqlite::NOT_NULL) => Some(StoreError::Refused { constraint: NOT_NULL.into() }),
        Ok(sqlite::BUSY_SNAPSHOT) => Some(StoreError::Conflict),
        _ => match primary_code(code) {
            Some(sqlite::ERROR | sqlite::CORRUPT | sqlite::MISMATCH | sqlite::NOT_A_DATABASE) => {
                Some(StoreError::Corrupt(message.to_owned()))
            }
            _ => None,
        },
    }
}

fn corrupt(refusal: &dyn DatabaseError) -> StoreError {
    StoreError::Corrupt(refusal.message().to_owned())
}

/// SQLite keeps the kind of a failure in the lowest byte of its extended code.
fn primary_code(code: &str) -> Option<i32> {
    match code.parse::<i32>() {
        Ok(extended) => Some(extended & 0xff),
        Err(_) => None,
    }
}

/// SQLite does not say which foreign key refused a write.
const FOREIGN_KEY: &str = "foreign_key";
const NOT_NULL: &str = "not_null";

mod sqlite {
    pub(super) const ERROR: i32 = 1;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const MISMATCH: i32 = 20;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    pub(super) const CHECK: i32 = 275;
    pub(super) const BUSY_SNAPSHOT: i32 = 517;
    pub(super) const FOREIGN_KEY: i32 = 787;
    pub(super) const NOT_NULL: i32 = 1299;
    pub(super) const PRIMARY_KEY: i32 = 1555;
    pub(super) const UNIQUE: i32 = 2067;
}

#[cfg(test)]
mod tests {
    use domain::shared::{error::StoreError, event::Provenance};

    use crate::{Database, DatabaseSettings, sql::Sql};

    const TABLES: [&str; 2] = [
        "CREATE TEMPORARY TABLE owners (id bigint CONSTRAINT pk_owners PRIMARY KEY)",
        "CREATE TEMPORARY TABLE things (
            id bigint NOT NULL CONSTRAINT uq_things_id UNIQUE,
            size bigint CONSTRAINT ck_things_size CHECK (size > 0),
            owner bigint CONSTRAINT fk_things_owner REFERENCES owners (id))",
    ];

    async fn outcome(db: &Database, sql: &str) -> Result<u64, StoreError> {
        let uow = db.begin(&Provenance::default()).await.unwrap();
        for table in TABLES {
            uow.execute(table, Vec::new()).await.unwrap();
        }
        uow.execute("INSERT INTO things (id, size) VALUES (1, 1)", Vec::new()).await.unwrap();
        uow.execute(sql, Vec::new()).await
    }

    async fn refusals_are_named(db: &Database, unique: &str, foreign_key: &str) {
        for (sql, expected) in [
            ("INSERT INTO things (id) VALUES (1)", format!("already exists: {unique}")),
            ("INSERT INTO things (id, size) VALUES (2, 0)", "refused by ck_things_size".into()),
            ("INSERT INTO things (id, owner) VALUES (2, 9)", format!("refused by {foreign_key}")),
            ("INSERT INTO things (id) VALUES (NULL)", "refused by not_null".into()),
        ] {
            assert_eq!(outcome(db, sql).await.unwrap_err().to_string(), expected, "{sql}");
        }
        let bug = outcome(db, "SELECT nothing FROM nowhere").await;
        assert!(matches!(bug, Err(StoreError::Corrupt(_))), "{bug:?}");
    }

    #[tokio::test]
    async fn sqlite_refusals_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.db");
        let url = format!("sqlite://{}", file.display());
        let db = Database::connect(&DatabaseSettings::new(url)).await.unwrap();
        // A rule that is no part of the schema is told by its columns.
        refusals_are_named(&db, "things.id", "foreign_key").await;
    }

    #[cfg(feature = "services")]
    mod postgres {
        use std::time::Duration;

        use domain::shared::{error::StoreError, event::Provenance};

        use super::refusals_are_named;
        use crate::{Database, DatabaseSettings, sql::Sql};

        async fn connect() -> Database {
            #[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
            let url = std::env::var("TEST_DATABASE_URL")
                .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".to_owned());
            let mut settings = DatabaseSettings::new(url);
            settings.acquire_timeout = Duration::from_secs(10);
            settings.statement_timeout = Duration::from_millis(300);
            settings.lock_timeout = Duration::from_millis(100);
            Database::connect(&settings).await.unwrap()
        }

        #[tokio::test]
        async fn refusals_of_postgres_are_named() {
            refusals_are_named(&connect().await, "uq_things_id", "fk_things_owner").await;
        }

        #[tokio::test]
        async fn a_lock_that_is_not_had_in_time_is_a_conflict() {
            let db = connect().await;
            let lock = "SELECT pg_advisory_xact_lock(7301170099)";
            let holder = db.begin(&Provenance::default()).await.unwrap();
            holder.fetch(lock, Vec::new()).await.unwrap();
            let other = db.begin(&Provenance::default()).await.unwrap();
            let late = other.fetch(lock, Vec::new()).await.unwrap_err();
            assert!(matches!(late, StoreError::Conflict), "{late:?}");
        }

        #[tokio::test]
        async fn a_statement_that_takes_too_long_is_given_up() {
            let late = connect().await.fetch("SELECT pg_sleep(20)", Vec::new()).await.unwrap_err();
            assert!(matches!(late, StoreError::Unavailable(_)), "{late:?}");
        }

        #[tokio::test]
        async fn a_connection_that_breaks_while_committing_leaves_the_outcome_open() {
            let db = connect().await;
            let uow = Box::new(db.begin(&Provenance::default()).await.unwrap());
            let rows = uow.fetch("SELECT pg_backend_pid() AS pid", Vec::new()).await.unwrap();
            let pid: i32 = rows[0].try_get("", "pid").unwrap();
            let kill = format!("SELECT pg_terminate_backend({pid})");
            db.fetch(&kill, Vec::new()).await.unwrap();
            let outcome = domain::shared::ports::UnitOfWork::commit(uow).await.unwrap_err();
            assert!(matches!(outcome, StoreError::OutcomeUnknown(_)), "{outcome:?}");
        }
    }
}
