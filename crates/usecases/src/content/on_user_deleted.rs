use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    content::{ContentStore, PostKey, WRITING},
    identity::UserId,
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        error::StoreError,
        event::{DomainEvent, EventEnvelope},
        idempotency::IdempotencyKey,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

const CONSUMER: &str = "drop_drafts";

/// Drafts taken away in one transaction.
const BATCH: u32 = 50;

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["identity.user_deleted.v1"] };

/// Takes away what somebody who is no longer known had not shown to anybody; what was published
/// stays, by an author nobody knows.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct DropDrafts {
    #[shaku(inject)]
    store: Arc<dyn ContentStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EventHandler for DropDrafts {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "content.drop_drafts", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::UserDeleted(deleted) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        while !retry_lost_races(|| self.attempt(event, deleted.user_id)).await? {}
        Ok(())
    }
}

impl DropDrafts {
    /// Takes some drafts away; answers whether there are none left. The event counts as handled
    /// only then.
    async fn attempt(&self, event: &EventEnvelope, author: UserId) -> Result<bool, StoreError> {
        let mut uow = self.store.begin(&event.reaction()).await?;
        let drafts = uow.posts().drafts_of(author, BATCH).await?;
        let is_done = drafts.is_empty();
        for id in drafts {
            if let Some(mut post) = uow.posts().find(&PostKey::Id(id), Some(author)).await? {
                post.delete(stamp(&*self.clock, &*self.ids));
                uow.posts().delete(&post).await?;
            }
        }
        if is_done {
            if !uow.inbox().first_time(CONSUMER, event.id, self.clock.now()).await? {
                return Ok(true);
            }
            // The answers to what was written have it, too.
            uow.idempotency().forget(&IdempotencyKey::scope_of(WRITING, author)).await?;
        }
        uow.commit().await?;
        Ok(is_done)
    }
}
