use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    catalogue::{CatalogueStore, LISTING, ProductKey},
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

const CONSUMER: &str = "withdraw_listings";

/// Listings taken away in one transaction.
const BATCH: u32 = 50;

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["identity.user_deleted.v1"] };

/// Takes away the listings of somebody who is no longer known. What orders refer to stays for them
/// alone, and is nobody's.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct WithdrawListings {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EventHandler for WithdrawListings {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "catalogue.withdraw_listings", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::UserDeleted(deleted) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        while !retry_lost_races(|| self.attempt(event, deleted.user_id)).await? {}
        Ok(())
    }
}

impl WithdrawListings {
    /// Takes some listings away; answers whether there are none left. The event counts as handled
    /// only then.
    async fn attempt(&self, event: &EventEnvelope, owner: UserId) -> Result<bool, StoreError> {
        let mut uow = self.store.begin(&event.reaction()).await?;
        let listings = uow.products().listings_of(owner, BATCH).await?;
        let is_done = listings.is_empty();
        for id in listings {
            let key = ProductKey::Id(id);
            let found = uow.products().find_listing(&key, Some(owner)).await?;
            let Some(mut listing) = found else { continue };
            let stamp = stamp(&*self.clock, &*self.ids);
            let mut gone = listing.clone();
            gone.delete(stamp);
            if !uow.products().delete(&gone).await? {
                listing.disown(stamp);
                uow.products().update(&listing).await?;
            }
        }
        if is_done {
            if !uow.inbox().first_time(CONSUMER, event.id, self.clock.now()).await? {
                return Ok(true);
            }
            // The answers to what was offered have it, too.
            uow.idempotency().forget(&IdempotencyKey::scope_of(LISTING, owner)).await?;
        }
        uow.commit().await?;
        Ok(is_done)
    }
}
