use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Job, Leftover, Schedule},
    shared::{error::Cause, ports::Clock},
};
use shaku::Component;
use time::Duration;

use super::sweep::sweep;

/// Longer than any provider repeats a message.
const KEPT: Duration = Duration::days(90);

/// Forgets which messages of payment providers were taken in long ago.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeProviderEventsJob {
    #[shaku(inject)]
    housekeeping: Arc<dyn Housekeeping>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Job for PurgeProviderEventsJob {
    fn name(&self) -> &'static str {
        "purge_provider_events"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("47 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = self.clock.now() - KEPT;
        Ok(sweep(&*self.housekeeping, Leftover::ProviderEvents, before).await?)
    }
}
