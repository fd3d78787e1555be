use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    messaging::{Mail, MailId, MailTemplate, MessagingStore},
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        event::{DomainEvent, EventEnvelope},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use crate::{messaging::queue_once, retry::retry_lost_races};

const CONSUMER: &str = "order_confirmation";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber = Subscriber {
    consumer: CONSUMER,
    events: &["ordering.order_paid.v1", "ordering.order_reinstated.v1"],
};

/// Tells the customer that an order is paid.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct SendOrderConfirmation {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EventHandler for SendOrderConfirmation {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "ordering.send_order_confirmation", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let (recipient, order) = match &event.event {
            DomainEvent::OrderPaid(paid) => (paid.user_id, paid.order_id),
            DomainEvent::OrderReinstated(reinstated) => (reinstated.user_id, reinstated.order_id),
            other => return Err(HandleError::Poison(format!("not wanted: {}", other.name()))),
        };
        let mail = Mail {
            id: MailId::new(self.ids.next()),
            event: event.id,
            template: MailTemplate::OrderPaid,
            recipient,
            subject_id: order.raw(),
            created_at: self.clock.now(),
        };
        retry_lost_races(|| queue_once(&*self.store, CONSUMER, event, &mail)).await?;
        Ok(())
    }
}
