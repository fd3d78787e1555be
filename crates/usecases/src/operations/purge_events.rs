use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    operations::{Housekeeping, Job, Leftover, Schedule},
    shared::{
        bus::EventPublisher,
        error::Cause,
        ports::{Clock, OutboxFeed},
    },
};
use shaku::Component;
use time::Duration;

use super::sweep::sweep;

/// How long events are kept after the bus took them.
const KEPT: Duration = Duration::days(7);

/// Removes events the bus took long ago.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeEventsJob {
    #[shaku(inject)]
    housekeeping: Arc<dyn Housekeeping>,
    #[shaku(inject)]
    feed: Arc<dyn OutboxFeed>,
    #[shaku(inject)]
    publisher: Arc<dyn EventPublisher>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Job for PurgeEventsJob {
    fn name(&self) -> &'static str {
        "purge_events"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("17 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = self.clock.now() - KEPT;
        if !self.publisher.is_durable() {
            // A bus that forgets took them, and may have been switched off before anybody handled
            // them: here is the only copy.
            for subscriber in crate::subscribers() {
                let (consumer, events) = (subscriber.consumer, subscriber.events);
                self.feed.requeue_unhandled(consumer, events, before).await?;
            }
        }
        Ok(sweep(&*self.housekeeping, Leftover::PublishedEvents, before).await?)
    }
}
