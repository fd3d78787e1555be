use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Job, Leftover, Schedule},
    shared::{error::Cause, ports::Clock},
};
use shaku::Component;
use time::Duration;

use super::sweep::sweep;

/// Longer than anybody repeats a request.
const KEPT: Duration = Duration::days(7);

/// Forgets the answers kept for idempotency keys.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeIdempotentAnswersJob {
    #[shaku(inject)]
    housekeeping: Arc<dyn Housekeeping>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Job for PurgeIdempotentAnswersJob {
    fn name(&self) -> &'static str {
        "purge_idempotent_answers"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("37 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = self.clock.now() - KEPT;
        Ok(sweep(&*self.housekeeping, Leftover::IdempotentAnswers, before).await?)
    }
}
