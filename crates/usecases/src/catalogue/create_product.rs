use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{
        CatalogueStore, CatalogueUnitOfWork, CreateProduct, CreateProductCommand, NewProduct,
        Product, ProductId, ProductView, Side, Sku, Slug, Variant, VariantId, WriteProductError,
    },
    inventory::{MovementId, OpeningStock, StockLevelId},
    shared::{
        error::StoreError,
        event::Stamp,
        idempotency::{Claim, IdempotencyError, Outcome},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::naming::{category_meant, product_refused};
use crate::{
    retry::retry_lost_races,
    slugs::{MAX_TRIES, first_free},
};

/// Implements [`CreateProduct`].
#[derive(Component)]
#[shaku(interface = CreateProduct)]
pub struct CreateProductUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Drawn once: a retried attempt makes the same product.
struct Draft {
    id: ProductId,
    opening: OpeningStock,
    stamp: Stamp,
}

#[async_trait]
impl CreateProduct for CreateProductUseCase {
    #[tracing::instrument(name = "catalogue.create_product", skip_all)]
    async fn execute(
        &self,
        command: CreateProductCommand,
    ) -> Result<Outcome<ProductView>, WriteProductError> {
        let draft = Draft {
            id: ProductId::new(self.ids.next()),
            opening: OpeningStock {
                level: StockLevelId::new(self.ids.next()),
                movement: MovementId::new(self.ids.next()),
                variant: VariantId::new(self.ids.next()),
                on_hand: command.on_hand,
            },
            stamp: stamp(&*self.clock, &*self.ids),
        };
        let mut tries = 1;
        loop {
            let outcome = retry_lost_races(|| self.attempt(&command, &draft)).await;
            match outcome.map_err(product_refused) {
                Err(WriteProductError::SlugTaken)
                    if command.slug.is_none() && tries < MAX_TRIES =>
                {
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

impl CreateProductUseCase {
    async fn attempt(
        &self,
        command: &CreateProductCommand,
        draft: &Draft,
    ) -> Result<Outcome<ProductView>, WriteProductError> {
        let (id, at) = (draft.id.raw(), draft.stamp.at);
        let mut uow = self.store.begin(&command.provenance).await?;
        if let Some(request) = &command.idempotency {
            match uow.idempotency().claim(&request.key, id, None, at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        let product = drawn_up(&mut *uow, command, draft).await?;
        uow.products().insert_all(&[product], &[draft.opening]).await?;
        // What people do with their own is no business of the log.
        if command.side == Side::Catalogue {
            let (action, kind) = (AuditAction::ProductCreated, AuditTargetKind::Product);
            uow.audit().record(AuditEntry::new(command.actor, action, kind, id, at));
        }
        let view = uow.products().view(draft.id).await?;
        let view = view.ok_or_else(|| StoreError::Corrupt("a new product is not there".into()))?;
        if let Some(request) = &command.idempotency {
            uow.idempotency().answer(&request.key, &(request.render)(&view)).await?;
        }
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }
}

async fn drawn_up(
    uow: &mut dyn CatalogueUnitOfWork,
    command: &CreateProductCommand,
    draft: &Draft,
) -> Result<Product, WriteProductError> {
    let price = command.price.as_ref().map(|price| price.read(None)).transpose()?;
    let category = match &command.category {
        Some(named) => Some(category_meant(uow, named).await?),
        None => None,
    };
    let slug = match (&command.slug, command.side) {
        (Some(slug), _) => slug.clone(),
        // The plain words are the shop's own.
        (None, Side::Listing) => Slug::of_name(&command.name, "item").with_id(draft.id.raw()),
        (None, Side::Catalogue) => {
            let candidates = Slug::of_name(&command.name, "product").candidates();
            let taken = uow.products().taken(&candidates).await?;
            first_free(&candidates, &taken, draft.id.raw()).ok_or(WriteProductError::SlugTaken)?
        }
    };
    let default = Variant {
        id: draft.opening.variant,
        sku: command.sku.clone().unwrap_or_else(|| Sku::derive(draft.id.raw())),
        name: command.name.clone(),
        track_stock: command.track_stock,
        prices: price.into_iter().collect(),
    };
    let parts = NewProduct {
        category,
        owner: match command.side {
            Side::Catalogue => None,
            Side::Listing => Some(command.actor.user),
        },
        name: command.name.clone(),
        slug,
        description: command.description.clone(),
        status: command.status,
        variants: vec![default],
    };
    Ok(Product::create(draft.id, parts, draft.stamp)?)
}
