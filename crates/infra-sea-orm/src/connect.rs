use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    catalogue::CatalogueChanges,
    ordering::OrderChanges,
    shared::{
        error::{Cause, StoreError},
        event::Provenance,
    },
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement,
    TransactionTrait, Value,
    sqlx::{
        Connection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tracing::Instrument as _;

use crate::{
    catalogue::Totals,
    counted::{self, Counted},
    error::{commit_error, store_error, unavailable},
    sql::{Dialect, Row, Sql},
    unit_of_work::{SeaUnitOfWork, Transaction},
    writer::Writer,
};

/// How long SQLite waits for a lock another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of the file readers see through one shared mapping instead of a copy each.
const MAPPED_BYTES: u32 = 1 << 30;
/// An idle connection may have been cut meanwhile; asked before it is used again.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);
/// PostgreSQL ends a transaction whose owner went silent.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);
/// Added to the server's own limit, which answers first unless the server itself hangs.
const GRACE: Duration = Duration::from_secs(1);

/// Where the store is and how long to wait for it.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://path/to/file` or `postgres://user@host/database`.
    pub url: String,
    /// Connections for reading; on PostgreSQL for everything.
    pub pool_size: u32,
    /// Longest wait for a free connection.
    pub acquire_timeout: Duration,
    /// Longest time one statement may take.
    pub statement_timeout: Duration,
    /// Longest wait for a row somebody else is changing.
    pub lock_timeout: Duration,
    /// Whether units of work on SQLite share a commit.
    pub group_commit: bool,
    /// Whether nothing may be written; a store in use may be opened this way.
    pub read_only: bool,
}

impl DatabaseSettings {
    /// The defaults, for the store at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 8,
            acquire_timeout: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            group_commit: true,
            read_only: false,
        }
    }
}

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is of no known kind; it is not repeated, as it may hold a password.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    UnknownUrl,
    /// Another process has the file open for writing.
    #[error("{} is in use by another process (it holds {})", file.display(), lock.display())]
    InUse {
        /// The store.
        file: PathBuf,
        /// The lock the other process holds.
        lock: PathBuf,
    },
    /// The lock file cannot be made.
    #[error("cannot lock {}", lock.display())]
    Lock {
        /// The lock file.
        lock: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The database refused or did not answer.
    #[error("cannot connect to the database")]
    Connect(#[source] Cause),
}

/// An open store: a pool to read from and a way to write. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
    catalogue_changes: Option<Arc<dyn CatalogueChanges>>,
    order_changes: Option<Arc<dyn OrderChanges>>,
}

struct Inner {
    dialect: Dialect,
    readers: DatabaseConnection,
    writers: DatabaseConnection,
    /// Only on SQLite.
    writer: Option<Writer>,
    read_only: bool,
    statement_timeout: Duration,
    statements: AtomicU64,
    counted: Counted,
    changed: Notify,
    totals: Totals,
    /// Released by the operating system when the last clone is gone.
    _lock: Option<File>,
}

impl Database {
    /// Opens the store, making the file of a SQLite one when it is missing.
    ///
    /// # Errors
    /// [`ConnectError`] when the URL is wrong, the file is in use, or the database is away.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, ConnectError> {
        if settings.url.starts_with("sqlite:") {
            Self::connect_sqlite(settings).await
        } else if let Some(rest) = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| settings.url.strip_prefix(scheme))
        {
            Self::connect_postgres(settings, format!("postgres://{rest}")).await
        } else {
            Err(ConnectError::UnknownUrl)
        }
    }

    async fn connect_sqlite(settings: &DatabaseSettings) -> Result<Self, ConnectError> {
        let options: SqliteConnectOptions =
            settings.url.parse().map_err(|error| ConnectError::Connect(Box::new(error)))?;
        let lock = if settings.read_only { None } else { Some(lock_file(options.get_filename())?) };
        let (writers, writer) = if settings.read_only {
            (None, None)
        } else {
            let pool = connect(sqlite_options(settings, false)).await?;
            let writer = Writer::start(pool.clone(), settings.group_commit);
            (Some(pool), Some(writer))
        };
        let readers = connect(sqlite_options(settings, true)).await?;
        let writers = writers.unwrap_or_else(|| readers.clone());
        Ok(Self::new(settings, Dialect::Sqlite, readers, writers, writer, lock))
    }

    async fn connect_postgres(
        settings: &DatabaseSettings,
        url: String,
    ) -> Result<Self, ConnectError> {
        let pool = connect(postgres_options(settings, url)).await?;
        Ok(Self::new(settings, Dialect::Postgres, pool.clone(), pool, None, None))
    }

    fn new(
        settings: &DatabaseSettings,
        dialect: Dialect,
        readers: DatabaseConnection,
        writers: DatabaseConnection,
        writer: Option<Writer>,
        lock: Option<File>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                dialect,
                readers,
                writers,
                writer,
                read_only: settings.read_only,
                statement_timeout: settings.statement_timeout.saturating_add(GRACE),
                statements: AtomicU64::new(0),
                counted: Counted::new(),
                changed: Notify::new(),
                totals: Totals::new(),
                _lock: lock,
            }),
            catalogue_changes: None,
            order_changes: None,
        }
    }

    /// The same store, whose units of work tell `changes` what they changed of the catalogue.
    #[must_use]
    pub fn telling(self, changes: Arc<dyn CatalogueChanges>) -> Self {
        Self { catalogue_changes: Some(changes), ..self }
    }

    /// The same store, whose units of work tell `changes` which orders they moved.
    #[must_use]
    pub fn telling_of_orders(self, changes: Arc<dyn OrderChanges>) -> Self {
        Self { order_changes: Some(changes), ..self }
    }

    /// Opens a unit of work; the events it records carry `provenance`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no transaction can be had in time.
    pub async fn begin(&self, provenance: &Provenance) -> Result<SeaUnitOfWork, StoreError> {
        if self.inner.read_only {
            return Err(unavailable("the store was opened for reading only"));
        }
        let transaction = match &self.inner.writer {
            Some(writer) => {
                Transaction::Grouped(writer.lease().await.inspect_err(counted::failure)?)
            }
            None => {
                let begun = timeout(self.inner.statement_timeout, self.inner.writers.begin()).await;
                let begun = match begun {
                    Ok(begun) => begun.map_err(store_error),
                    Err(late) => Err(unavailable(late)),
                };
                Transaction::Own(begun.inspect_err(counted::failure)?)
            }
        };
        Ok(SeaUnitOfWork::new(self.clone(), transaction, provenance.clone()))
    }

    /// Statements run so far, without those that only begin and end transactions.
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    /// Commits of the SQLite writer so far; units of work share them. 0 on PostgreSQL.
    pub fn group_commits(&self) -> u64 {
        self.inner.writer.as_ref().map_or(0, Writer::commits)
    }

    /// Tells how many connections there are and what they do.
    pub fn sample(&self) {
        let Inner { readers, writers, .. } = &*self.inner;
        match self.inner.dialect {
            Dialect::Sqlite => {
                for (name, pool) in [("read", readers), ("write", writers)] {
                    let pool = pool.get_sqlite_connection_pool();
                    counted::pool(name, pool.size(), pool.num_idle());
                }
            }
            Dialect::Postgres => {
                let pool = readers.get_postgres_connection_pool();
                counted::pool("read", pool.size(), pool.num_idle());
            }
        }
    }

    /// The connection migrations run on.
    pub fn migration_connection(&self) -> &DatabaseConnection {
        &self.inner.writers
    }

    /// Closes every connection; what is asked afterwards fails.
    pub async fn close(&self) {
        for pool in [&self.inner.readers, &self.inner.writers] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "a pool did not close");
            }
        }
    }

    pub(crate) async fn commit(&self, open: DatabaseTransaction) -> Result<(), StoreError> {
        let began = Instant::now();
        let outcome = match timeout(self.inner.statement_timeout, open.commit()).await {
            Ok(outcome) => outcome.map_err(commit_error),
            Err(late) => Err(StoreError::OutcomeUnknown(late.into())),
        };
        self.inner.counted.statement(began.elapsed(), &outcome);
        outcome
    }

    pub(crate) fn order_changes(&self) -> Option<&dyn OrderChanges> {
        self.order_changes.as_deref()
    }

    pub(crate) fn catalogue_changes(&self) -> Option<Arc<dyn CatalogueChanges>> {
        self.catalogue_changes.clone()
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.inner.totals
    }

    pub(crate) fn changed(&self) -> &Notify {
        &self.inner.changed
    }

    /// Counts one statement and bounds it. Its text holds no values.
    pub(crate) async fn bounded<T>(
        &self,
        sql: &str,
        statement: impl Future<Output = Result<T, sea_orm::DbErr>> + Send,
    ) -> Result<T, StoreError> {
        self.inner.statements.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let statement = statement.instrument(tracing::debug_span!("sql", db.query.text = sql));
        let outcome = match timeout(self.inner.statement_timeout, statement).await {
            Ok(answer) => answer.map_err(store_error),
            Err(late) => Err(unavailable(late)),
        };
        self.inner.counted.statement(began.elapsed(), &outcome);
        outcome
    }
}

/// Reads, each statement on its own.
#[async_trait]
impl Sql for Database {
    fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect().backend(), sql, values);
        let done = self.bounded(sql, self.inner.readers.execute_raw(statement)).await?;
        Ok(done.rows_affected())
    }

    async fn fetch(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect().backend(), sql, values);
        self.bounded(sql, self.inner.readers.query_all_raw(statement)).await
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, ConnectError> {
    sea_orm::Database::connect(options)
        .await
        .map_err(|error| ConnectError::Connect(Box::new(error)))
}

/// Refuses a second writing process before it can do harm.
fn lock_file(file: &Path) -> Result<File, ConnectError> {
    let mut lock = file.as_os_str().to_owned();
    lock.push(".lock");
    let lock = PathBuf::from(lock);
    let opened = File::options().create(true).truncate(false).write(true).open(&lock);
    let held = match opened {
        Ok(held) => held,
        Err(source) => return Err(ConnectError::Lock { lock, source }),
    };
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => Err(ConnectError::InUse { file: file.to_owned(), lock }),
        Err(TryLockError::Error(source)) => Err(ConnectError::Lock { lock, source }),
    }
}

fn sqlite_options(settings: &DatabaseSettings, reading: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .max_connections(if reading { settings.pool_size.max(1) } else { 1 })
        .min_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_pool_opts(|pool| pool.idle_timeout(None).max_lifetime(None));
    if reading {
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .busy_timeout(BUSY_TIMEOUT)
                .create_if_missing(false)
                .pragma("query_only", "ON")
                .pragma("mmap_size", MAPPED_BYTES.to_string())
        });
    } else {
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
        });
        // SQLite ends a transaction by itself when the disk fails and the driver does not notice:
        // on such a connection the next one would begin as a savepoint of nothing.
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            let clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(clean) })
        });
    }
    options
}

fn postgres_options(settings: &DatabaseSettings, url: String) -> ConnectOptions {
    let limits = [
        ("lock_timeout", settings.lock_timeout.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.as_millis().to_string()),
        ("default_transaction_read_only", settings.read_only.to_string()),
        // The texts of statements are few and say what matters to a plan; making one anew for the
        // values of each call takes as long as a search.
        ("plan_cache_mode", "force_generic_plan".to_owned()),
    ];
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.pool_size.max(1))
        .min_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(PING_AFTER_IDLE)
        .set_application_name("kontor")
        .statement_timeout(settings.statement_timeout)
        .map_sqlx_postgres_opts(move |postgres| postgres.options(limits.clone()));
    options
}
