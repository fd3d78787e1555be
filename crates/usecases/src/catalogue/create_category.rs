use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{
        CatalogueStore, CatalogueUnitOfWork, Category, CategoryId, CategoryKey, CategoryView,
        CreateCategory, CreateCategoryCommand, MAX_DEPTH, Slug, WriteCategoryError,
    },
    shared::{
        error::StoreError,
        event::Stamp,
        idempotency::{Claim, IdempotencyError, Outcome},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::naming::category_refused;
use crate::{
    retry::retry_lost_races,
    slugs::{MAX_TRIES, first_free},
};

/// Implements [`CreateCategory`].
#[derive(Component)]
#[shaku(interface = CreateCategory)]
pub struct CreateCategoryUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl CreateCategory for CreateCategoryUseCase {
    #[tracing::instrument(name = "catalogue.create_category", skip_all)]
    async fn execute(
        &self,
        command: CreateCategoryCommand,
    ) -> Result<Outcome<CategoryView>, WriteCategoryError> {
        let (id, stamp) = (CategoryId::new(self.ids.next()), stamp(&*self.clock, &*self.ids));
        let mut tries = 1;
        loop {
            let outcome = retry_lost_races(|| self.attempt(&command, id, stamp)).await;
            match outcome.map_err(category_refused) {
                Err(WriteCategoryError::SlugTaken)
                    if command.slug.is_none() && tries < MAX_TRIES =>
                {
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

impl CreateCategoryUseCase {
    async fn attempt(
        &self,
        command: &CreateCategoryCommand,
        id: CategoryId,
        stamp: Stamp,
    ) -> Result<Outcome<CategoryView>, WriteCategoryError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        if let Some(request) = &command.idempotency {
            match uow.idempotency().claim(&request.key, id.raw(), None, stamp.at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        uow.categories().lock_tree().await?;
        let category = drawn_up(&mut *uow, command, id, stamp).await?;
        uow.categories().insert_all(&[category]).await?;
        let (action, kind) = (AuditAction::CategoryCreated, AuditTargetKind::Category);
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id.raw(), stamp.at));
        let view = uow.categories().view(id).await?;
        let view = view.ok_or_else(|| StoreError::Corrupt("a new category is not there".into()))?;
        if let Some(request) = &command.idempotency {
            uow.idempotency().answer(&request.key, &(request.render)(&view)).await?;
        }
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }
}

async fn drawn_up(
    uow: &mut dyn CatalogueUnitOfWork,
    command: &CreateCategoryCommand,
    id: CategoryId,
    stamp: Stamp,
) -> Result<Category, WriteCategoryError> {
    let slug = match &command.slug {
        Some(slug) => slug.clone(),
        None => {
            let candidates = Slug::of_name(&command.name, "category").candidates();
            let taken = uow.categories().taken(&candidates).await?;
            first_free(&candidates, &taken, id.raw()).ok_or(WriteCategoryError::SlugTaken)?
        }
    };
    let category = Category::create(id, command.parent, command.name.clone(), slug, stamp);
    let Some(parent) = command.parent else { return Ok(category) };
    let above = uow.categories().find(&CategoryKey::Id(parent)).await?;
    let above = above.ok_or(WriteCategoryError::ParentNotFound)?;
    if uow.categories().lineage(parent).await?.len() >= MAX_DEPTH {
        return Err(WriteCategoryError::TooDeep);
    }
    Ok(if above.state().is_shown { category } else { category.hidden() })
}
