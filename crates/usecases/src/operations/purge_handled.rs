use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Job, Leftover, Schedule},
    shared::{error::Cause, ports::Clock},
};
use shaku::Component;
use time::Duration;

use super::sweep::sweep;

/// Longer than any bus may still deliver an event again.
const KEPT: Duration = Duration::days(14);

/// Forgets which consumer handled which event long ago.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeHandledJob {
    #[shaku(inject)]
    housekeeping: Arc<dyn Housekeeping>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Job for PurgeHandledJob {
    fn name(&self) -> &'static str {
        "purge_handled"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("27 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = self.clock.now() - KEPT;
        Ok(sweep(&*self.housekeeping, Leftover::HandledEvents, before).await?)
    }
}
