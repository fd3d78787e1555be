use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{CatalogueReads, Listings, ProductFilter, ProductSort, ProductView},
    content::PostReads,
    identity::{ExportPerson, IdentityReads, IdentityStore, PersonExport, UserId},
    ordering::OrderReads,
    payments::PaymentReads,
    shared::{
        actor::{Actor, Viewer},
        error::StoreError,
        event::Provenance,
        page::Window,
        ports::Clock,
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`ExportPerson`].
#[derive(Component)]
#[shaku(interface = ExportPerson)]
pub struct ExportPersonUseCase {
    #[shaku(inject)]
    identity: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    orders: Arc<dyn OrderReads>,
    #[shaku(inject)]
    payments: Arc<dyn PaymentReads>,
    #[shaku(inject)]
    catalogue: Arc<dyn CatalogueReads>,
    #[shaku(inject)]
    posts: Arc<dyn PostReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl ExportPerson for ExportPersonUseCase {
    #[tracing::instrument(name = "identity.export_person", skip_all)]
    async fn execute(
        &self,
        actor: Actor,
        provenance: &Provenance,
    ) -> Result<Option<PersonExport>, StoreError> {
        let Some(user) = self.identity.user(actor.user).await? else { return Ok(None) };
        let orders = self.orders.recent(&[actor.user], u32::MAX).await?;
        let payments = self.payments.payments_by(actor.user).await?;
        let viewer = Viewer::Person(actor.user);
        let posts = self.posts.recent(&[actor.user], u32::MAX, viewer).await?;
        let listings = self.listings(actor.user).await?;
        // Noted before anything is handed out.
        retry_lost_races(|| self.note(actor, provenance)).await?;
        Ok(Some(PersonExport { user, orders, payments, posts, listings }))
    }
}

impl ExportPersonUseCase {
    async fn listings(&self, owner: UserId) -> Result<Vec<ProductView>, StoreError> {
        const AT_ONCE: u32 = 100;
        let filter =
            ProductFilter { listings: Some(Listings::Of(owner)), ..ProductFilter::default() };
        let mut window = Window::Offset { limit: AT_ONCE, offset: 0 };
        let mut listings = Vec::new();
        loop {
            let page = self.catalogue.products(&filter, ProductSort::Newest, window).await?;
            listings.extend(page.items);
            let Some(after) = page.next else { return Ok(listings) };
            window = Window::After { limit: AT_ONCE, after };
        }
    }

    async fn note(&self, actor: Actor, provenance: &Provenance) -> Result<(), StoreError> {
        let mut uow = self.store.begin(provenance).await?;
        let (action, kind, id) =
            (AuditAction::UserExported, AuditTargetKind::User, actor.user.raw());
        uow.audit().record(AuditEntry::new(actor, action, kind, id, self.clock.now()));
        uow.commit().await
    }
}
