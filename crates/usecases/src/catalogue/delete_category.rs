use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{CatalogueStore, DeleteCategory, DeleteCategoryCommand, WriteCategoryError},
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`DeleteCategory`].
#[derive(Component)]
#[shaku(interface = DeleteCategory)]
pub struct DeleteCategoryUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl DeleteCategory for DeleteCategoryUseCase {
    #[tracing::instrument(name = "catalogue.delete_category", skip_all)]
    async fn execute(&self, command: DeleteCategoryCommand) -> Result<(), WriteCategoryError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(&command, stamp)).await
    }
}

impl DeleteCategoryUseCase {
    async fn attempt(
        &self,
        command: &DeleteCategoryCommand,
        stamp: Stamp,
    ) -> Result<(), WriteCategoryError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        uow.categories().lock_tree().await?;
        let found = uow.categories().find(&command.category).await?;
        let mut category = found.ok_or(WriteCategoryError::NotFound)?;
        command.precondition.check(category.state().version)?;
        category.delete(stamp);
        if !uow.categories().delete(&category).await? {
            return Err(WriteCategoryError::InUse);
        }
        let (action, kind) = (AuditAction::CategoryDeleted, AuditTargetKind::Category);
        let id = category.id.raw();
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id, stamp.at));
        uow.commit().await?;
        Ok(())
    }
}
