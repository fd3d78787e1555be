use std::{any::Any, path::PathBuf};

use domain::shared::{
    event::{AggregateType, EventId, NewEvent, Provenance},
    ports::{IdGenerator, OutboxFeed, UnitOfWork},
};
use infra_sea_orm::{Database, DatabaseSettings, SeaOutboxFeed};
use test_support::{builders, ids::CountingIds};

/// An empty, migrated database that goes away with this value.
pub(crate) struct TestDatabase {
    pub(crate) db: Database,
    pub(crate) settings: DatabaseSettings,
    pub(crate) keep: Box<dyn Any + Send + Sync>,
}

pub(crate) async fn sqlite() -> TestDatabase {
    sqlite_with(|_| {}).await
}

pub(crate) async fn sqlite_with(adjust: impl FnOnce(&mut DatabaseSettings)) -> TestDatabase {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.db");
    let mut settings = DatabaseSettings::new(format!("sqlite://{}", file.display()));
    settings.pool_size = 2;
    adjust(&mut settings);
    let db = Database::connect(&settings).await.unwrap();
    migration::up(db.migration_connection()).await.unwrap();
    TestDatabase { db, settings, keep: Box::new(directory) }
}

pub(crate) fn file_of(settings: &DatabaseSettings) -> PathBuf {
    settings.url.strip_prefix("sqlite://").unwrap().into()
}

#[cfg(feature = "services")]
pub(crate) use self::services::postgres;

#[cfg(feature = "services")]
mod services {
    use std::sync::atomic::{AtomicU32, Ordering};

    use infra_sea_orm::{Database, DatabaseSettings};
    use sea_orm::ConnectionTrait;

    use super::TestDatabase;

    static COUNT: AtomicU32 = AtomicU32::new(0);

    /// Drops the schema at the end, also when the test failed.
    struct Owned {
        server: String,
        name: String,
    }

    pub(crate) async fn postgres() -> TestDatabase {
        #[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
        let server = std::env::var("TEST_DATABASE_URL")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".to_owned());
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kontor_test_{}_{number}", std::process::id());
        administer(&server, &format!("CREATE SCHEMA {name}")).await;
        let mut settings = DatabaseSettings::new(format!("{server}?options[search_path]={name}"));
        settings.pool_size = 4;
        // A machine that runs many tests at once is slow to connect.
        settings.acquire_timeout = std::time::Duration::from_secs(10);
        let keep = Box::new(Owned { server, name });
        let db = Database::connect(&settings).await.unwrap();
        migration::up(db.migration_connection()).await.unwrap();
        TestDatabase { db, settings, keep }
    }

    async fn administer(server: &str, sql: &str) {
        let mut options = sea_orm::ConnectOptions::new(server);
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    impl Drop for Owned {
        fn drop(&mut self) {
            let (server, name) = (self.server.clone(), self.name.clone());
            let dropped = std::thread::spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                // A transaction the test left open would be waited for.
                let left_open = format!(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l
                    JOIN pg_class AS c ON c.oid = l.relation
                    WHERE c.relnamespace = '{name}'::regnamespace AND l.pid <> pg_backend_pid()"
                );
                runtime.block_on(administer(&server, &left_open));
                runtime.block_on(administer(&server, &format!("DROP SCHEMA {name} CASCADE")));
            });
            dropped.join().unwrap();
        }
    }
}

/// A new fact about somebody new.
pub(crate) fn registered(ids: &CountingIds) -> NewEvent {
    builders::new_event(ids, AggregateType::User, builders::user_registered(ids).event)
}

pub(crate) fn event_id(ids: &CountingIds) -> EventId {
    EventId::new(ids.next())
}

/// Records `event` and commits.
pub(crate) async fn record(
    db: &Database,
    event: &NewEvent,
) -> Result<(), domain::shared::error::StoreError> {
    let mut uow = db.begin(&Provenance::default()).await?;
    uow.outbox().append(std::slice::from_ref(event)).await?;
    Box::new(uow).commit().await
}

/// How many events are stored.
pub(crate) async fn stored(db: &Database) -> u64 {
    SeaOutboxFeed { db: db.clone() }.backlog().await.unwrap().waiting
}
