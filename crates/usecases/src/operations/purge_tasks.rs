use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Job, Leftover, Schedule},
    shared::{error::Cause, ports::Clock},
};
use shaku::Component;
use time::Duration;

use super::sweep::sweep;

/// Longer than anybody wonders whether a message arrived.
const KEPT: Duration = Duration::days(30);

/// Removes messages that were sent long ago to see that messages arrive.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeTasksJob {
    #[shaku(inject)]
    housekeeping: Arc<dyn Housekeeping>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Job for PurgeTasksJob {
    fn name(&self) -> &'static str {
        "purge_tasks"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("57 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = self.clock.now() - KEPT;
        Ok(sweep(&*self.housekeeping, Leftover::Tasks, before).await?)
    }
}
