use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    messaging::MessagingStore,
    payments::{ExecuteRefund, ExecuteRefundError},
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        error::StoreError,
        event::{DomainEvent, EventEnvelope},
        ports::Clock,
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

const CONSUMER: &str = "refund_execution";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["payments.refund_scheduled.v1"] };

/// Asks the provider for the refunds that were decided on.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct ExecuteScheduledRefund {
    #[shaku(inject)]
    execute_refund: Arc<dyn ExecuteRefund>,
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl EventHandler for ExecuteScheduledRefund {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "payments.execute_scheduled_refund", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::RefundScheduled(scheduled) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        match self.execute_refund.execute(scheduled.refund_id, event.reaction()).await {
            Ok(()) => {}
            Err(
                hopeless @ (ExecuteRefundError::NotFound | ExecuteRefundError::UnknownProvider),
            ) => return Err(HandleError::Poison(hopeless.to_string())),
            Err(error) => return Err(HandleError::Retry(Box::new(error))),
        }
        // Repeating the execution is harmless, so the inbox is written only once it is done.
        retry_lost_races(|| self.note(event)).await?;
        Ok(())
    }
}

impl ExecuteScheduledRefund {
    async fn note(&self, event: &EventEnvelope) -> Result<(), StoreError> {
        let mut uow = self.store.begin(&event.reaction()).await?;
        if uow.inbox().first_time(CONSUMER, event.id, self.clock.now()).await? {
            uow.commit().await?;
        }
        Ok(())
    }
}
