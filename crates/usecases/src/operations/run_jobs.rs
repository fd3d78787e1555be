use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use domain::{
    operations::{Job, JobBoard, JobError, JobOutcome, JobRun, RunJobs, Schedule, Turn},
    shared::ports::Clock,
};
use shaku::Component;
use time::Duration;

use super::next_due::next_due;

/// How long a job is one instance's; one that takes longer may be begun by another as well.
const LEASE: Duration = Duration::minutes(2);

/// Implements [`RunJobs`].
#[derive(Component)]
#[shaku(interface = RunJobs)]
pub struct RunJobsUseCase {
    #[shaku(inject)]
    jobs: Vec<Arc<dyn Job>>,
    #[shaku(inject)]
    board: Arc<dyn JobBoard>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl RunJobs for RunJobsUseCase {
    fn jobs(&self) -> Vec<(&'static str, Schedule)> {
        self.jobs.iter().map(|job| (job.name(), job.schedule())).collect()
    }

    async fn execute(&self, name: &str, early: bool) -> Result<JobRun, JobError> {
        let job = self.jobs.iter().find(|job| job.name() == name).ok_or(JobError::Unknown)?;
        let begun = self.clock.now();
        // Read before anything is done: a pattern that cannot be read would run without end.
        next_due(job.schedule(), begun).map_err(JobError::Schedule)?;
        let number = match self.board.claim(name, begun, begun + LEASE, early).await? {
            Turn::Ours(number) => number,
            Turn::NotBefore(moment) => return Ok(JobRun::NotBefore(moment)),
        };
        let outcome = match job.run().await {
            Ok(count) => JobOutcome::Done(count),
            Err(error) => JobOutcome::Failed(in_one_line(&*error)),
        };
        let ended = self.clock.now();
        let due_at = next_due(job.schedule(), ended).map_err(JobError::Schedule)?;
        self.board.finish(name, number, ended, due_at, &outcome).await?;
        Ok(JobRun::Ran(outcome, due_at))
    }
}

/// The error with everything that caused it.
fn in_one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
