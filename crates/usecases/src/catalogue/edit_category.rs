use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{
        CatalogueStore, CatalogueUnitOfWork, Category, CategoryChanges, CategoryEdit, CategoryId,
        CategoryView, EditCategory, EditCategoryCommand, MAX_DEPTH, WriteCategoryError,
    },
    shared::{
        error::StoreError,
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::naming::category_refused;
use crate::retry::retry_lost_races;

/// Implements [`EditCategory`].
#[derive(Component)]
#[shaku(interface = EditCategory)]
pub struct EditCategoryUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EditCategory for EditCategoryUseCase {
    #[tracing::instrument(name = "catalogue.edit_category", skip_all)]
    async fn execute(
        &self,
        command: EditCategoryCommand,
    ) -> Result<CategoryView, WriteCategoryError> {
        let edited = stamp(&*self.clock, &*self.ids);
        let switched = stamp(&*self.clock, &*self.ids);
        let outcome = retry_lost_races(|| self.attempt(&command, edited, switched)).await;
        outcome.map_err(category_refused)
    }
}

impl EditCategoryUseCase {
    async fn attempt(
        &self,
        command: &EditCategoryCommand,
        edited: Stamp,
        switched: Stamp,
    ) -> Result<CategoryView, WriteCategoryError> {
        let CategoryChanges { name, slug, parent, is_active } = command.changes.clone();
        let mut uow = self.store.begin(&command.provenance).await?;
        uow.categories().lock_tree().await?;
        let found = uow.categories().find(&command.category).await?;
        let mut category = found.ok_or(WriteCategoryError::NotFound)?;
        command.precondition.check(category.state().version)?;
        let was_active = category.state().is_active;
        if let Some(Some(above)) = parent
            && category.state().parent != Some(above)
        {
            place_below(&mut *uow, &category, above).await?;
        }
        category.edit(CategoryEdit { name, slug, parent }, edited);
        category.set_active(is_active.unwrap_or(was_active), switched);
        let is_changed = !category.events().is_empty();
        if is_changed {
            uow.categories().update(&category).await?;
            let action = match category.state().is_active {
                is_active if is_active == was_active => AuditAction::CategoryUpdated,
                true => AuditAction::CategoryActivated,
                false => AuditAction::CategoryDeactivated,
            };
            let (kind, id) = (AuditTargetKind::Category, category.id.raw());
            let entry = AuditEntry::new(command.actor, action, kind, id, edited.at);
            uow.audit().record(entry.fields(&fields_of(&command.changes)));
        }
        let view = uow.categories().view(category.id).await?;
        let view = view.ok_or_else(|| StoreError::Corrupt("a category is not there".into()))?;
        if is_changed {
            uow.commit().await?;
        }
        Ok(view)
    }
}

/// Refuses a place below itself, or one too deep for what is below it.
async fn place_below(
    uow: &mut dyn CatalogueUnitOfWork,
    category: &Category,
    above: CategoryId,
) -> Result<(), WriteCategoryError> {
    let lineage = uow.categories().lineage(above).await?;
    if lineage.is_empty() {
        return Err(WriteCategoryError::ParentNotFound);
    }
    if lineage.contains(&category.id) {
        return Err(WriteCategoryError::Cycle);
    }
    let levels = lineage.len().saturating_add(uow.categories().height(category.id).await?);
    if levels > MAX_DEPTH { Err(WriteCategoryError::TooDeep) } else { Ok(()) }
}

fn fields_of(changes: &CategoryChanges) -> Vec<&'static str> {
    let named = [
        ("name", changes.name.is_some()),
        ("slug", changes.slug.is_some()),
        ("parent", changes.parent.is_some()),
        ("is_active", changes.is_active.is_some()),
    ];
    named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
}
