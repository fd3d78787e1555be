use async_trait::async_trait;
use domain::{
    operations::{JobBoard, JobOutcome, JobState, Turn},
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use sea_orm::Value;
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_count, get_optional_time, get_time, micros, time},
    sql::{Row, Sql},
    sql_list::values,
};

/// What every instance knows of the jobs.
#[derive(Component)]
#[shaku(interface = JobBoard)]
pub struct SeaJobBoard {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl JobBoard for SeaJobBoard {
    async fn claim(
        &self,
        job: &str,
        now: OffsetDateTime,
        until: OffsetDateTime,
        early: bool,
    ) -> Result<Turn, StoreError> {
        // Looked at first: whoever comes too early, which is nearly everybody, writes nothing.
        if let Some(not_before) = not_before(&self.db, job, now, early).await? {
            return Ok(Turn::NotBefore(not_before));
        }
        let uow = self.db.begin(&Provenance::default()).await?;
        let values = values![job, micros(now), micros(until), early].to_vec();
        let claimed = uow.fetch_first(CLAIM, values).await?;
        let Some(row) = claimed else {
            // Somebody was faster.
            let not_before = not_before(&uow, job, now, early).await?;
            return not_before.map(Turn::NotBefore).ok_or(StoreError::Conflict);
        };
        let number = get(&row, "runs")?;
        Box::new(uow).commit().await?;
        Ok(Turn::Ours(number))
    }

    async fn finish(
        &self,
        job: &str,
        number: i64,
        now: OffsetDateTime,
        due_at: OffsetDateTime,
        outcome: &JobOutcome,
    ) -> Result<(), StoreError> {
        let (done, reason) = match outcome {
            JobOutcome::Done(count) => (Some(i64::try_from(*count).unwrap_or(i64::MAX)), None),
            JobOutcome::Failed(reason) => (None, Some(reason.clone())),
        };
        let values: [Value; 6] = values![job, number, micros(now), micros(due_at), done, reason];
        let uow = self.db.begin(&Provenance::default()).await?;
        uow.execute(FINISH, values.to_vec()).await?;
        Box::new(uow).commit().await
    }

    async fn list(&self) -> Result<Vec<JobState>, StoreError> {
        self.db.fetch(LIST, Vec::new()).await?.iter().map(state).collect()
    }
}

/// Until when `job` is not to be run; `None` when it may be now.
async fn not_before(
    sql: &dyn Sql,
    job: &str,
    now: OffsetDateTime,
    early: bool,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let text = "SELECT due_at, leased_until FROM jobs WHERE name = $1";
    let Some(row) = sql.fetch_first(text, vec![job.into()]).await? else { return Ok(None) };
    let (due, leased): (i64, i64) = (get(&row, "due_at")?, get(&row, "leased_until")?);
    let moment = if early { leased } else { due.max(leased) };
    (moment > micros(now)).then(|| time(moment)).transpose()
}

fn state(row: &Row) -> Result<JobState, StoreError> {
    let leased_until: i64 = get(row, "leased_until")?;
    let outcome = match get::<Option<String>>(row, "fail_reason")? {
        Some(reason) => JobOutcome::Failed(reason),
        None => JobOutcome::Done(
            get::<Option<i64>>(row, "done")?
                .and_then(|done| u64::try_from(done).ok())
                .unwrap_or_default(),
        ),
    };
    Ok(JobState {
        name: get(row, "name")?,
        due_at: get_time(row, "due_at")?,
        leased_until: (leased_until > 0).then(|| time(leased_until)).transpose()?,
        runs: get_count(row, "runs")?,
        last: get_optional_time(row, "finished_at")?.map(|at| (at, outcome)),
    })
}

const CLAIM: &str = "INSERT INTO jobs (name, due_at, leased_until, runs) VALUES ($1, $2, $3, 1) \
    ON CONFLICT (name) DO UPDATE SET leased_until = $3, runs = jobs.runs + 1 \
    WHERE jobs.leased_until <= $2 AND ($4 OR jobs.due_at <= $2) RETURNING runs";

const FINISH: &str = "UPDATE jobs SET leased_until = 0, finished_at = $3, due_at = $4, done = $5, \
    fail_reason = $6 WHERE name = $1 AND runs = $2";

const LIST: &str = "SELECT name, due_at, leased_until, runs, finished_at, done, fail_reason \
    FROM jobs ORDER BY name";
