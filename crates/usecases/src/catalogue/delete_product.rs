use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{CatalogueStore, DeleteProduct, DeleteProductCommand, WriteProductError},
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`DeleteProduct`].
#[derive(Component)]
#[shaku(interface = DeleteProduct)]
pub struct DeleteProductUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl DeleteProduct for DeleteProductUseCase {
    #[tracing::instrument(name = "catalogue.delete_product", skip_all)]
    async fn execute(&self, command: DeleteProductCommand) -> Result<(), WriteProductError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(&command, stamp)).await
    }
}

impl DeleteProductUseCase {
    async fn attempt(
        &self,
        command: &DeleteProductCommand,
        stamp: Stamp,
    ) -> Result<(), WriteProductError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let found = uow.products().find(&command.product).await?;
        let mut product = found.ok_or(WriteProductError::NotFound)?;
        command.precondition.check(product.version())?;
        let mut gone = product.clone();
        gone.delete(stamp);
        let action = if uow.products().delete(&gone).await? {
            AuditAction::ProductDeleted
        } else {
            product.retire(stamp);
            if product.events().is_empty() {
                return Ok(());
            }
            uow.products().update(&product).await?;
            AuditAction::ProductArchived
        };
        let (kind, id) = (AuditTargetKind::Product, product.id().raw());
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id, stamp.at));
        uow.commit().await?;
        Ok(())
    }
}
