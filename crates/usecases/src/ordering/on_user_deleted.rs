use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::{OrderingStore, PLACING},
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        error::StoreError,
        event::{DomainEvent, EventEnvelope},
        idempotency::IdempotencyKey,
        ports::Clock,
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

const CONSUMER: &str = "forget_addresses";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["identity.user_deleted.v1"] };

/// Takes addresses and notes out of the orders of somebody who is no longer known. What was bought
/// and paid stays.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct ForgetAddresses {
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl EventHandler for ForgetAddresses {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "ordering.forget_addresses", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::UserDeleted(deleted) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        retry_lost_races(|| self.attempt(event, deleted.user_id)).await?;
        Ok(())
    }
}

impl ForgetAddresses {
    async fn attempt(&self, event: &EventEnvelope, customer: UserId) -> Result<(), StoreError> {
        let mut uow = self.store.begin(&event.reaction()).await?;
        if !uow.inbox().first_time(CONSUMER, event.id, self.clock.now()).await? {
            return Ok(());
        }
        uow.orders().forget_particulars(customer).await?;
        // The answer to a placed order has them, too.
        uow.idempotency().forget(&IdempotencyKey::scope_of(PLACING, customer)).await?;
        uow.commit().await
    }
}
