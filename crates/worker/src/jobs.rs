//! What is done by the clock, on one instance at a time.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    operations::{JobError, JobOutcome, JobRun, RunJobs},
    shared::ports::Clock,
};
use futures_util::FutureExt;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Services, WorkerSettings,
    counted::{JobCounts, Run},
    relay::Chain,
};

/// Shortest wait before a job is looked at again.
const BREATH: Duration = Duration::from_millis(100);

/// Wait after the store did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long a run may go on when the worker stops; cut off, it is begun again elsewhere.
const GRACE: Duration = Duration::from_secs(10);

/// Runs one job whenever it is due.
pub(crate) struct Scheduled {
    name: &'static str,
    jobs: Arc<dyn RunJobs>,
    clock: Arc<dyn Clock>,
    poll: Duration,
    counts: JobCounts,
}

impl Scheduled {
    /// One for each job.
    pub(crate) fn all(services: &Services, settings: &WorkerSettings) -> Vec<Self> {
        let one = |(name, _)| Self {
            name,
            jobs: Arc::clone(&services.run_jobs),
            clock: Arc::clone(&services.clock),
            poll: settings.jobs_poll,
            counts: JobCounts::new(name),
        };
        services.run_jobs.jobs().into_iter().map(one).collect()
    }

    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let began = Instant::now();
            let running = AssertUnwindSafe(self.jobs.execute(self.name, false)).catch_unwind();
            let patience = async {
                stop.cancelled().await;
                sleep(GRACE).await;
            };
            let pause = tokio::select! {
                outcome = running => match outcome {
                    Ok(outcome) => self.pause_after(outcome, began),
                    Err(_) => {
                        self.count(Run::Panicked, began);
                        tracing::error!(job = self.name, "a job panicked");
                        self.poll
                    }
                },
                () = patience => {
                    self.count(Run::CutOff, began);
                    tracing::warn!(job = self.name, "a job was cut off");
                    return;
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Tells how it went; answers how long nothing is due.
    fn pause_after(&self, outcome: Result<JobRun, JobError>, began: Instant) -> Duration {
        let job = self.name;
        match outcome {
            Ok(JobRun::NotBefore(moment)) => self.until(moment),
            Ok(JobRun::Ran(outcome, due_at)) => {
                let is_done = matches!(outcome, JobOutcome::Done(_));
                self.count(if is_done { Run::Done } else { Run::Failed }, began);
                match outcome {
                    JobOutcome::Done(0) => tracing::debug!(job, "nothing was due"),
                    JobOutcome::Done(count) => tracing::info!(job, count, "done"),
                    JobOutcome::Failed(reason) => tracing::warn!(job, reason, "a job failed"),
                }
                self.until(due_at)
            }
            Err(error @ JobError::Store(_)) => {
                self.count(Run::Skipped, began);
                tracing::warn!(job, error = %Chain(&error), "a job cannot be run now");
                AFTER_FAILURE.min(self.poll)
            }
            Err(error) => {
                self.count(Run::Skipped, began);
                tracing::error!(job, error = %Chain(&error), "a job cannot be run");
                self.poll
            }
        }
    }

    fn count(&self, run: Run, began: Instant) {
        self.counts.ended(run, began.elapsed(), self.clock.now());
    }

    fn until(&self, moment: OffsetDateTime) -> Duration {
        let wait = Duration::try_from(moment - self.clock.now()).unwrap_or(BREATH);
        wait.clamp(BREATH, self.poll.max(BREATH))
    }
}
