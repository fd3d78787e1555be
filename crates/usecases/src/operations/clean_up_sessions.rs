use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::CleanUpSessions,
    operations::{Job, Schedule},
    shared::error::Cause,
};
use shaku::Component;

/// Sessions removed in one unit of work.
const BATCH: u32 = 500;

/// Removes sessions that are over for long.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct CleanUpSessionsJob {
    #[shaku(inject)]
    clean_up: Arc<dyn CleanUpSessions>,
}

#[async_trait]
impl Job for CleanUpSessionsJob {
    fn name(&self) -> &'static str {
        "clean_up_sessions"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("7 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let mut total = 0;
        loop {
            let removed = self.clean_up.execute(None, BATCH).await?;
            total += u64::from(removed);
            if removed < BATCH {
                return Ok(total);
            }
        }
    }
}
