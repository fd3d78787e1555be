use std::time::Duration;

use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use crate::shared::error::{Cause, StoreError};

/// When a job is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// So long after the end of the last run.
    Every(Duration),
    /// At the times of a cron pattern, UTC: `30 3 * * *` is half past three each night.
    Cron(&'static str),
}

/// Something that is done by the clock, on one instance at a time. What it does may be cut off at
/// any moment and begun again.
#[async_trait]
pub trait Job: Interface {
    /// Its name; also in the store, so it never changes.
    fn name(&self) -> &'static str;
    /// When it is due.
    fn schedule(&self) -> Schedule;
    /// Does what is due now, in steps that do not hold up others; answers how many things were
    /// dealt with.
    async fn run(&self) -> Result<u64, Cause>;
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It did what was due: so many things.
    Done(u64),
    /// It failed, for this reason.
    Failed(String),
}

/// A job as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobState {
    /// Which.
    pub name: String,
    /// When it is due next.
    pub due_at: OffsetDateTime,
    /// Until when some instance has it; `None` when none does.
    pub leased_until: Option<OffsetDateTime>,
    /// How often it was begun.
    pub runs: u64,
    /// When the last finished run ended, and how.
    pub last: Option<(OffsetDateTime, JobOutcome)>,
}

/// Whether an instance may run a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Yes; this number tells its run from every other.
    Ours(i64),
    /// Not before this moment.
    NotBefore(OffsetDateTime),
}

/// What every instance knows of the jobs.
#[async_trait]
pub trait JobBoard: Interface {
    /// Leases `job` until `until` when it is due at `now` and nobody has it. A job nobody knows is
    /// due at once. With `early` it need not be due.
    async fn claim(
        &self,
        job: &str,
        now: OffsetDateTime,
        until: OffsetDateTime,
        early: bool,
    ) -> Result<Turn, StoreError>;

    /// Notes how run `number` of `job` ended and when the job is due again; changes nothing when
    /// the lease has lapsed and somebody else took it.
    async fn finish(
        &self,
        job: &str,
        number: i64,
        now: OffsetDateTime,
        due_at: OffsetDateTime,
        outcome: &JobOutcome,
    ) -> Result<(), StoreError>;

    /// Every job that was ever begun, by name.
    async fn list(&self) -> Result<Vec<JobState>, StoreError>;
}

/// What became of the wish to run a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobRun {
    /// It ran, and is due again at this moment.
    Ran(JobOutcome, OffsetDateTime),
    /// It is not due before this moment, or another instance has it until then.
    NotBefore(OffsetDateTime),
}

/// Why a job was not run.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// No job has this name.
    #[error("there is no such job")]
    Unknown,
    /// Its pattern is not one of cron.
    #[error("the schedule of the job cannot be read")]
    Schedule(#[source] Cause),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs jobs, one instance at a time.
#[async_trait]
pub trait RunJobs: Interface {
    /// Every job there is, with its schedule.
    fn jobs(&self) -> Vec<(&'static str, Schedule)>;
    /// Runs `job` when it is due, or at once with `early`, unless another instance has it.
    async fn execute(&self, job: &str, early: bool) -> Result<JobRun, JobError>;
}
