use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    operations::{Job, Schedule},
    payments::ReconcilePayments,
    shared::error::Cause,
};
use shaku::Component;

/// Things asked about in one go; a provider that hangs keeps each for as long as a call may take.
const BATCH: u32 = 40;

/// Sees to everything at payment providers that is not resolved.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct ReconcilePaymentsJob {
    #[shaku(inject)]
    reconcile_payments: Arc<dyn ReconcilePayments>,
}

#[async_trait]
impl Job for ReconcilePaymentsJob {
    fn name(&self) -> &'static str {
        "reconcile_payments"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(5))
    }

    async fn run(&self) -> Result<u64, Cause> {
        Ok(u64::from(self.reconcile_payments.execute(BATCH).await?))
    }
}
