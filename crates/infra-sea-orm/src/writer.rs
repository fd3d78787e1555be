//! The one writer of a SQLite store. Units of work follow one another as savepoints inside one
//! outer transaction, and share its commit: each is answered after the group's fsync.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::shared::error::StoreError;
use metrics::{Histogram, histogram};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::{
    sync::{Mutex, MutexGuard, mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::error::{commit_error, store_error, unavailable};

/// Most units of work that share a commit.
const GROUP_SIZE: usize = 128;
/// The first of a group waits this long at most for others to join.
const GROUP_AGE: Duration = Duration::from_millis(20);
/// Longest wait for one's turn to write.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);
/// A unit of work that holds up all others this long is worth a warning,
const SLOW_UNIT: Duration = Duration::from_secs(1);
/// and after that much longer it is rolled back.
const STUCK_UNIT: Duration = Duration::from_secs(9);
/// Longest wait for the answer to a commit.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);
/// Units of work that may wait for their turn.
const QUEUE: usize = 1_024;

/// Keeps what a unit of work wrote, and opens the savepoint of the next one.
pub(crate) const KEEP: &str = "RELEASE u; SAVEPOINT u";

type Request = oneshot::Sender<Result<Lease, StoreError>>;
type Answer = oneshot::Sender<Result<(), StoreError>>;

/// A unit of work that joins its group.
struct Ending {
    answer: Answer,
    /// Whether [`KEEP`] was run with its last statement.
    is_kept: bool,
}

pub(crate) struct Writer {
    requests: mpsc::Sender<Request>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Takes over `pool`, which has one connection.
    pub(crate) fn start(pool: DatabaseConnection, group_commit: bool) -> Self {
        let (requests, waiting) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let size = if group_commit { GROUP_SIZE } else { 1 };
        let took = histogram!("kontor_db_group_commit_duration_seconds");
        let shared_by = histogram!("kontor_db_group_size");
        let groups = Groups { pool, waiting, size, commits: Arc::clone(&commits), took, shared_by };
        // Ends by itself once the last sender is gone.
        drop(tokio::spawn(groups.run()));
        Self { requests, commits }
    }

    /// Waits for one's turn to write.
    pub(crate) async fn lease(&self) -> Result<Lease, StoreError> {
        let turn = async {
            let (request, granted) = oneshot::channel();
            self.requests.send(request).await.map_err(unavailable)?;
            granted.await.map_err(unavailable)?
        };
        timeout(TURN_TIMEOUT, turn).await.map_err(unavailable)?
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

/// The right to write, until it is dropped or committed. Dropping it at any moment rolls back what
/// was written through it, and nothing else.
pub(crate) struct Lease {
    slot: Arc<Mutex<Option<DatabaseTransaction>>>,
    broken: AtomicBool,
    /// Whether it shares its transaction with others, and stands on a savepoint.
    is_shared: bool,
    ending: oneshot::Sender<Ending>,
}

impl Lease {
    /// The transaction, for one statement.
    pub(crate) async fn open(&self) -> Result<OpenTransaction<'_>, StoreError> {
        let slot = self.slot.lock().await;
        if self.broken.load(Ordering::Relaxed) || slot.is_none() {
            return Err(unavailable("this unit of work was given up"));
        }
        Ok(OpenTransaction(slot))
    }

    /// After a failure of the disk SQLite may have ended the outer transaction, and a statement
    /// that followed would commit by itself.
    pub(crate) fn give_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Whether the last statement of this unit of work should end with [`KEEP`]: it saves a hop to
    /// the thread of the connection.
    pub(crate) const fn wants_keep(&self) -> bool {
        self.is_shared
    }

    /// Joins the group and waits until it is durable.
    pub(crate) async fn commit(self, is_kept: bool) -> Result<(), StoreError> {
        if self.broken.into_inner() {
            return Err(unavailable("this unit of work was given up"));
        }
        let (answer, answered) = oneshot::channel();
        if self.ending.send(Ending { answer, is_kept }).is_err() {
            return Err(unavailable("this unit of work was held too long"));
        }
        match timeout(COMMIT_TIMEOUT, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(gone)) => Err(StoreError::OutcomeUnknown(gone.into())),
            Err(late) => Err(StoreError::OutcomeUnknown(late.into())),
        }
    }
}

pub(crate) struct OpenTransaction<'a>(MutexGuard<'a, Option<DatabaseTransaction>>);

impl OpenTransaction<'_> {
    pub(crate) fn get(&self) -> Result<&DatabaseTransaction, StoreError> {
        self.0.as_ref().ok_or_else(|| unavailable("this unit of work was given up"))
    }
}

struct Groups {
    pool: DatabaseConnection,
    waiting: mpsc::Receiver<Request>,
    size: usize,
    commits: Arc<AtomicU64>,
    took: Histogram,
    shared_by: Histogram,
}

/// The outer transaction is gone, and everybody in it fails.
struct Broken {
    cause: DbErr,
    member: Option<Answer>,
}

impl Groups {
    async fn run(mut self) {
        while let Some(first) = self.waiting.recv().await {
            if !first.is_closed() {
                self.group(first).await;
            }
        }
    }

    async fn group(&mut self, first: Request) {
        let mut open = match self.begin().await {
            Ok(open) => open,
            Err(error) => return refuse(first, error),
        };
        let is_shared = self.size > 1;
        if is_shared && let Err(cause) = control(&open, "SAVEPOINT u").await {
            return refuse(first, cause);
        }
        let started = Instant::now();
        let mut members = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match unit(open, request, is_shared).await {
                Ok((transaction, member)) => {
                    open = transaction;
                    members.extend(member);
                }
                Err(Broken { cause, member }) => {
                    tracing::error!(%cause, "the writer lost its transaction");
                    members.extend(member);
                    return answer(members, || Err(unavailable(cause.clone())));
                }
            }
            // Alone, a unit of work has no savepoint to go back to.
            let full = !is_shared || members.len() >= self.size || started.elapsed() >= GROUP_AGE;
            next = if full { None } else { self.next().await };
        }
        if members.is_empty() {
            // Nothing was written: not worth an fsync.
            if let Err(error) = open.rollback().await {
                tracing::warn!(%error, "rollback failed");
            }
            return;
        }
        let began = Instant::now();
        match open.commit().await {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.took.record(began.elapsed());
                self.shared_by.record(f64::from(u32::try_from(members.len()).unwrap_or(u32::MAX)));
                answer(members, || Ok(()));
            }
            Err(cause) => answer(members, || Err(commit_error(cause.clone()))),
        }
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.pool.begin_with_options(options).await
    }

    /// Who waits already, or is just about to.
    async fn next(&mut self) -> Option<Request> {
        if let Ok(request) = self.waiting.try_recv() {
            return Some(request);
        }
        tokio::task::yield_now().await;
        self.waiting.try_recv().ok()
    }
}

/// One unit of work. Answers with whom to tell when the group is durable.
async fn unit(
    open: DatabaseTransaction,
    request: Request,
    is_shared: bool,
) -> Result<(DatabaseTransaction, Option<Answer>), Broken> {
    if request.is_closed() {
        return Ok((open, None));
    }
    let slot = Arc::new(Mutex::new(Some(open)));
    let (ending, ended) = oneshot::channel();
    let lease =
        Lease { slot: Arc::clone(&slot), broken: AtomicBool::new(false), is_shared, ending };
    // When nobody waits for it any more, the lease comes back, and dropping it is its end.
    drop(request.send(Ok(lease)));
    let ending = ending_of(ended).await;
    let last = match &ending {
        _ if !is_shared => None,
        Some(Ending { is_kept: true, .. }) => None,
        Some(_) => Some(KEEP),
        None => Some("ROLLBACK TO u"),
    };
    let member = ending.map(|ending| ending.answer);
    // Waits for a statement in flight.
    let Some(open) = slot.lock().await.take() else {
        return Err(Broken { cause: DbErr::Custom("the transaction is missing".into()), member });
    };
    match last {
        Some(last) => match control(&open, last).await {
            Ok(()) => Ok((open, member)),
            Err(cause) => Err(Broken { cause, member }),
        },
        None => Ok((open, member)),
    }
}

/// `None` when the unit of work is to be rolled back.
async fn ending_of(mut ended: oneshot::Receiver<Ending>) -> Option<Ending> {
    let outcome = match timeout(SLOW_UNIT, &mut ended).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!("a unit of work holds up the writer for over a second");
            match timeout(STUCK_UNIT, ended).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    tracing::error!("a unit of work held up the writer too long: rolled back");
                    return None;
                }
            }
        }
    };
    // The sender was dropped: so was the lease.
    outcome.ok()
}

async fn control(open: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    open.execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.map(drop)
}

fn refuse(request: Request, error: DbErr) {
    // Whoever stopped waiting needs no answer.
    drop(request.send(Err(store_error(error))));
}

fn answer(members: Vec<Answer>, outcome: impl Fn() -> Result<(), StoreError>) {
    for member in members {
        // Whoever stopped waiting needs no answer.
        drop(member.send(outcome()));
    }
}
