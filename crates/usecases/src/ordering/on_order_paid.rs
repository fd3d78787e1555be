use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::UserId,
    messaging::{Mail, MailId, MailTemplate, MessagingStore},
    ordering::{OrderId, OrderReads},
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
    events: &[
        "ordering.order_paid.v1",
        "ordering.order_reinstated.v1",
        "ordering.order_shipped.v1",
        "ordering.order_cancelled.v1",
        "payments.refund_succeeded.v1",
        "payments.failed.v1",
    ],
};

/// Tells the customer what becomes of an order and its money.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct SendOrderConfirmation {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    orders: Arc<dyn OrderReads>,
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
        let (template, recipient, order) = match &event.event {
            DomainEvent::OrderPaid(it) => (MailTemplate::OrderPaid, Some(it.user_id), it.order_id),
            DomainEvent::OrderReinstated(it) => {
                (MailTemplate::OrderPaid, Some(it.user_id), it.order_id)
            }
            DomainEvent::OrderShipped(it) => {
                (MailTemplate::OrderShipped, Some(it.user_id), it.order_id)
            }
            DomainEvent::OrderCancelled(it) => {
                (MailTemplate::OrderCancelled, Some(it.user_id), it.order_id)
            }
            DomainEvent::RefundSucceeded(it) => (MailTemplate::OrderRefunded, None, it.order_id),
            DomainEvent::PaymentFailed(it) => (MailTemplate::PaymentFailed, None, it.order_id),
            other => return Err(HandleError::Poison(format!("not wanted: {}", other.name()))),
        };
        let recipient = match recipient {
            Some(recipient) => recipient,
            None => self.buyer(order).await?,
        };
        let mail = Mail {
            id: MailId::new(self.ids.next()),
            event: event.id,
            template,
            recipient,
            subject_id: order.raw(),
            created_at: self.clock.now(),
        };
        retry_lost_races(|| queue_once(&*self.store, CONSUMER, event, &mail)).await?;
        Ok(())
    }
}

impl SendOrderConfirmation {
    async fn buyer(&self, order: OrderId) -> Result<UserId, HandleError> {
        let found = self.orders.order(order, None).await?;
        found
            .map(|order| order.user)
            .ok_or_else(|| HandleError::Poison(format!("no order {order}")))
    }
}
