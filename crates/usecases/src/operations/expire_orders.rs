use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    operations::{Job, Schedule},
    ordering::ExpireOrders,
    shared::error::Cause,
};
use shaku::Component;

/// Orders ended in one go.
const BATCH: u32 = 100;

/// Ends orders nobody paid.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct ExpireOrdersJob {
    #[shaku(inject)]
    expire_orders: Arc<dyn ExpireOrders>,
}

#[async_trait]
impl Job for ExpireOrdersJob {
    fn name(&self) -> &'static str {
        "expire_orders"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(10))
    }

    async fn run(&self) -> Result<u64, Cause> {
        let mut total = 0;
        loop {
            let expired = self.expire_orders.execute(BATCH).await?;
            total += u64::from(expired);
            // Fewer: none is left, or some were changed meanwhile and are for the next run.
            if expired < BATCH {
                return Ok(total);
            }
        }
    }
}
