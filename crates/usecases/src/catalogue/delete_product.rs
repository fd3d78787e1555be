use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::AuditAction,
    catalogue::{CatalogueStore, DeleteProduct, DeleteProductCommand, Side, WriteProductError},
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::{auditing::deed, naming::product_meant};
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
        let DeleteProductCommand { actor, product, side, .. } = command;
        let mut product = product_meant(&mut *uow, product, *side, actor).await?;
        command.precondition.check(product.version())?;
        let mut gone = product.clone();
        gone.delete(stamp);
        let action = if uow.products().delete(&gone).await? {
            match side {
                Side::Catalogue => AuditAction::ProductDeleted,
                Side::Listing => AuditAction::ItemDeleted,
            }
        } else {
            product.retire(stamp);
            if product.events().is_empty() {
                return Ok(());
            }
            uow.products().update(&product).await?;
            match side {
                Side::Catalogue => AuditAction::ProductArchived,
                Side::Listing => AuditAction::ItemArchived,
            }
        };
        if let Some(entry) = deed(actor, *side, &product, action, stamp.at) {
            uow.audit().record(entry);
        }
        uow.commit().await?;
        Ok(())
    }
}
