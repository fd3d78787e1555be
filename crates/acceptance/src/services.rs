use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context;
use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::app::within;

/// How long a server may take to make or remove what one test needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which services stand behind the ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// SQLite, everything else in process.
    Embedded,
    /// PostgreSQL, Redis and RabbitMQ.
    ScaledOut,
}

/// A place of its own for one test: a folder, and on servers a database, a key prefix and an
/// exchange. The database goes away with it.
pub struct Surroundings {
    stack: Stack,
    dir: TempDir,
    variables: Vec<(String, String)>,
    database: Option<String>,
}

impl Surroundings {
    /// Makes the place. A missing server is an error, never a skip.
    pub async fn make(stack: Stack) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let folder = dir.path().to_str().context("the folder has a strange name")?.to_owned();
        let mut variables = vec![
            ("APP__DATA_DIR".to_owned(), folder),
            ("RATE_LIMIT__ENABLED".to_owned(), "false".to_owned()),
            // The cheapest hash there is: these tests are not about guessing.
            ("PASSWORD__MEMORY_KIB".to_owned(), "64".to_owned()),
            ("PASSWORD__ITERATIONS".to_owned(), "1".to_owned()),
        ];
        let mut database = None;
        if stack == Stack::ScaledOut {
            let name = unique_name();
            admin(&format!("CREATE DATABASE {name}")).await?;
            let server = server_url();
            let (base, _) = server.rsplit_once('/').context("the database URL has no name")?;
            variables.extend([
                ("DB__URL".to_owned(), format!("{base}/{name}")),
                ("REDIS__URL".to_owned(), redis_url()),
                ("REDIS__NAMESPACE".to_owned(), name.clone()),
                ("RABBITMQ__URL".to_owned(), rabbit_url()),
                ("RABBITMQ__PREFIX".to_owned(), name.clone()),
            ]);
            database = Some(name);
        }
        Ok(Self { stack, dir, variables, database })
    }

    /// The same place with some variables added or set anew.
    #[must_use]
    pub fn with(mut self, variables: &[(&str, String)]) -> Self {
        for (name, value) in variables {
            self.variables.retain(|(known, _)| known != name);
            self.variables.push(((*name).to_owned(), value.clone()));
        }
        self
    }

    /// What stands behind the ports here.
    pub const fn stack(&self) -> Stack {
        self.stack
    }

    /// Environment variables that lead a process here.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// The first part of the names of everything on the broker.
    pub fn bus_prefix(&self) -> &str {
        self.database.as_deref().unwrap_or("kontor")
    }

    /// The folder.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Runs SQL on the store behind everybody's back.
    pub async fn tamper(&self, sql: &str) -> anyhow::Result<()> {
        let store = self.store().await?;
        within(PATIENCE, sql, store.execute_unprepared(sql)).await??;
        store.close().await?;
        Ok(())
    }

    /// The rows of a query whose columns are all texts.
    pub async fn ask(&self, columns: usize, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
        let store = self.store().await?;
        let statement = Statement::from_string(store.get_database_backend(), sql);
        let rows = within(PATIENCE, sql, store.query_all_raw(statement)).await??;
        store.close().await?;
        let texts = |row: &sea_orm::QueryResult| {
            (0..columns).map(|at| row.try_get_by_index(at)).collect::<Result<_, _>>()
        };
        Ok(rows.iter().map(texts).collect::<Result<_, _>>()?)
    }

    /// What a query counts.
    pub async fn count(&self, sql: &str) -> anyhow::Result<i64> {
        let rows = self.ask(1, &format!("SELECT CAST(({sql}) AS text)")).await?;
        let counted = rows.first().and_then(|row| row.first()).context("no row")?;
        Ok(counted.parse()?)
    }

    async fn store(&self) -> anyhow::Result<DatabaseConnection> {
        let url = self.variables.iter().find(|(name, _)| name == "DB__URL");
        let file = || format!("sqlite://{}", self.dir().join("kontor.db").display());
        open(url.map_or_else(file, |(_, url)| url.clone())).await
    }

    /// Removes database, queues and exchanges. Called last, when nobody uses them any more.
    pub async fn clear(self) -> anyhow::Result<()> {
        if let Some(name) = &self.database {
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
            within(PATIENCE, "clearing the broker", clear_broker(name)).await??;
        }
        Ok(())
    }
}

/// Removes everything the bus declared under `prefix`; what is not there is no failure.
async fn clear_broker(prefix: &str) -> anyhow::Result<()> {
    let broker = Connection::connect(&rabbit_url(), ConnectionProperties::default())
        .await
        .context("RabbitMQ does not answer")?;
    let channel = broker.create_channel().await?;
    let mut queues = vec![format!("{prefix}.dead-letters")];
    for subscriber in usecases::subscribers() {
        let queue = format!("{prefix}.{}", subscriber.consumer);
        queues.extend([1_000, 10_000, 60_000].map(|delay| format!("{queue}.retry.{delay}")));
        queues.push(queue);
    }
    for queue in queues {
        channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
    }
    for exchange in ["events", "dead"].map(|name| format!("{prefix}.{name}")) {
        channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await?;
    }
    broker.close(200, "done".into()).await?;
    Ok(())
}

async fn admin(sql: &str) -> anyhow::Result<()> {
    let server = open(server_url()).await.context("PostgreSQL does not answer")?;
    within(PATIENCE, sql, server.execute_unprepared(sql)).await??;
    server.close().await?;
    Ok(())
}

/// One connection: others need theirs.
async fn open(url: String) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(PATIENCE);
    Ok(within(PATIENCE, "connecting", Database::connect(options)).await??)
}

/// A name no other test of this or another run has.
pub(crate) fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("kontor_it_{}_{next}", process::id())
}

fn server_url() -> String {
    variable("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
}

/// Where the test Redis is.
pub(crate) fn redis_url() -> String {
    variable("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
}

/// Where the test RabbitMQ is.
pub fn rabbit_url() -> String {
    variable("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2f")
}

#[expect(clippy::disallowed_methods, reason = "where the test servers are is not a setting")]
fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
