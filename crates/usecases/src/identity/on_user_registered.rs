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

const CONSUMER: &str = "welcome_mail";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["identity.user_registered.v1"] };

/// Greets whoever made an account.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct SendWelcome {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EventHandler for SendWelcome {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "identity.send_welcome", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::UserRegistered(registered) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        let mail = Mail {
            id: MailId::new(self.ids.next()),
            event: event.id,
            template: MailTemplate::Welcome,
            recipient: registered.user_id,
            subject_id: registered.user_id.raw(),
            created_at: self.clock.now(),
        };
        retry_lost_races(|| queue_once(&*self.store, CONSUMER, event, &mail)).await?;
        Ok(())
    }
}
