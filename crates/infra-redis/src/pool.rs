use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deadpool_redis::{
    Connection, Manager, Pool, PoolError, Runtime,
    redis::{AsyncConnectionConfig, RedisError, aio::MultiplexedConnection, cmd},
};
use metrics::{Counter, counter};
use tokio::{
    sync::Mutex as AsyncMutex,
    task::JoinError,
    time::{Instant, timeout},
};

use crate::{
    breaker::Breaker,
    settings::{InvalidRedisSettings, RedisSettings},
};

/// The connections to one Redis, and what is known of its state; connects when first used. Cheap
/// to clone.
#[derive(Clone)]
pub struct RedisPool {
    shared: Arc<Shared>,
}

struct Shared {
    settings: RedisSettings,
    pool: Pool,
    breaker: Breaker,
    // One multiplexed connection carries all commands: checking one out of the pool for each
    // command would cost a second round trip.
    line: Mutex<Option<Arc<Connection>>>,
    connecting: AsyncMutex<()>,
    commands: Commands,
}

/// What Redis was asked for so far.
struct Commands {
    ok: Counter,
    failed: Counter,
    timed_out: Counter,
    not_asked: Counter,
}

impl Commands {
    fn new() -> Self {
        let with = |outcome| counter!("kontor_redis_commands_total", "outcome" => outcome);
        Self {
            ok: with("ok"),
            failed: with("failed"),
            timed_out: with("timed_out"),
            not_asked: with("not_asked"),
        }
    }

    const fn of(&self, failure: &Failure) -> &Counter {
        match failure {
            Failure::Open => &self.not_asked,
            Failure::TimedOut => &self.timed_out,
            Failure::Connecting(_)
            | Failure::Interrupted(_)
            | Failure::Closed
            | Failure::Refused(_) => &self.failed,
        }
    }
}

impl RedisPool {
    /// Prepares connections; Redis is not asked.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`] when they cannot work.
    pub fn connect(settings: RedisSettings) -> Result<Self, InvalidRedisSettings> {
        if settings.pool_size < 2 {
            return Err(InvalidRedisSettings::PoolSize);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(settings.connect_timeout))
            .set_response_timeout(Some(settings.operation_timeout))
            .set_pipeline_buffer_size(1024);
        // The parser's message may quote the address, password included.
        let Ok(manager) = Manager::new_with_config(settings.url.as_str(), config) else {
            return Err(InvalidRedisSettings::Url);
        };
        let built = Pool::builder(manager)
            .max_size(settings.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(settings.connect_timeout))
            .create_timeout(Some(settings.connect_timeout))
            .recycle_timeout(Some(settings.operation_timeout))
            .build();
        let Ok(pool) = built else { return Err(InvalidRedisSettings::PoolSize) };
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                pool,
                breaker: Breaker::default(),
                line: Mutex::default(),
                connecting: AsyncMutex::default(),
                commands: Commands::new(),
            }),
        })
    }

    /// The full name of `key`.
    pub(crate) fn settings(&self) -> &RedisSettings {
        &self.shared.settings
    }

    pub(crate) fn key(&self, key: &str) -> String {
        format!("{}:{key}", self.shared.settings.namespace)
    }

    /// Runs `operation`, waiting no longer than the settings allow; fails at once while Redis is
    /// known not to answer.
    pub(crate) async fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, Failure> {
        if !self.shared.breaker.admits(Instant::now()) {
            self.shared.commands.not_asked.increment(1);
            return Err(Failure::Open);
        }
        let asked = async {
            let line = self.line().await?;
            let outcome = operation(&mut MultiplexedConnection::clone(&line)).await;
            Ok::<_, Failure>((line, outcome))
        };
        let outcome = match timeout(self.shared.settings.operation_timeout, asked).await {
            Ok(Ok((_line, Ok(value)))) => Ok(value),
            Ok(Ok((_line, Err(error)))) => Err(Failure::Refused(error)),
            Ok(Err(failure)) => Err(failure),
            Err(_elapsed) => Err(Failure::TimedOut),
        };
        match &outcome {
            Ok(_) => {
                self.shared.commands.ok.increment(1);
                self.shared.breaker.succeeded();
            }
            Err(failure) => {
                self.shared.commands.of(failure).increment(1);
                self.give_up(failure);
            }
        }
        outcome
    }

    /// Asks Redis over a connection of its own, whatever is known of its state.
    pub(crate) async fn ping(&self) -> Result<(), Failure> {
        let mut connection = self.shared.pool.get().await?;
        let ping = cmd("PING");
        let answer = ping.query_async::<()>(&mut connection);
        match timeout(self.shared.settings.operation_timeout, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(Failure::TimedOut),
        }
    }

    fn give_up(&self, failure: &Failure) {
        self.slot().take();
        if self.shared.breaker.failed(Instant::now()) {
            let failure: &dyn std::error::Error = failure;
            tracing::warn!(failure, "Redis does not answer; going on without it");
        }
    }

    /// The connection all commands share. Making it goes on in the background when the caller
    /// runs out of time, so that a slow handshake does not fail for ever.
    async fn line(&self) -> Result<Arc<Connection>, Failure> {
        if let Some(line) = self.slot().clone() {
            return Ok(line);
        }
        let pool = self.clone();
        let was_open = self.shared.breaker.is_open();
        let made = tokio::spawn(async move {
            let _turn = pool.shared.connecting.lock().await;
            if let Some(line) = pool.slot().clone() {
                return Ok(line);
            }
            if !was_open && pool.shared.breaker.is_open() {
                return Err(Failure::Open);
            }
            let line = Arc::new(pool.shared.pool.get().await?);
            *pool.slot() = Some(Arc::clone(&line));
            Ok(line)
        });
        made.await?
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Connection>>> {
        self.shared.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why Redis did not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It failed a moment ago and is not asked.
    #[error("Redis failed a moment ago and is not asked now")]
    Open,
    /// It did not answer in time.
    #[error("Redis did not answer in time")]
    TimedOut,
    /// There is no connection.
    #[error("there is no connection to Redis")]
    Connecting(#[from] PoolError),
    /// Making the connection was interrupted.
    #[error("making the connection to Redis was interrupted")]
    Interrupted(#[from] JoinError),
    /// It ended the connection.
    #[error("Redis ended the connection")]
    Closed,
    /// It answered with an error, or the connection broke.
    #[error("Redis refused")]
    Refused(#[from] RedisError),
}
