use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    catalogue::{
        CatalogueStore, CatalogueUnitOfWork, EditProduct, EditProductCommand, Product,
        ProductChanges, ProductEdit, ProductStatus, ProductView, WriteProductError,
    },
    inventory::{Counted, MovementId, OpeningStock, StockKey, StockLevelId},
    shared::{
        error::StoreError,
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::{
    auditing::{action_of, deed},
    naming::{category_meant, product_meant, product_refused},
};
use crate::retry::retry_lost_races;

/// Implements [`EditProduct`].
#[derive(Component)]
#[shaku(interface = EditProduct)]
pub struct EditProductUseCase {
    #[shaku(inject)]
    store: Arc<dyn CatalogueStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// What the movement says when the quantity came with other changes of a product.
const REASON: &str = "set with what is sold";

/// Drawn once, before the first attempt.
struct Draft {
    edited: Stamp,
    moved: Stamp,
    level: StockLevelId,
    movement: MovementId,
    count: MovementId,
}

#[async_trait]
impl EditProduct for EditProductUseCase {
    #[tracing::instrument(name = "catalogue.edit_product", skip_all)]
    async fn execute(&self, command: EditProductCommand) -> Result<ProductView, WriteProductError> {
        let draft = Draft {
            edited: stamp(&*self.clock, &*self.ids),
            moved: stamp(&*self.clock, &*self.ids),
            level: StockLevelId::new(self.ids.next()),
            movement: MovementId::new(self.ids.next()),
            count: MovementId::new(self.ids.next()),
        };
        retry_lost_races(|| self.attempt(&command, &draft)).await.map_err(product_refused)
    }
}

impl EditProductUseCase {
    async fn attempt(
        &self,
        command: &EditProductCommand,
        draft: &Draft,
    ) -> Result<ProductView, WriteProductError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let EditProductCommand { actor, product, side, .. } = command;
        let mut product = product_meant(&mut *uow, product, *side, actor).await?;
        command.precondition.check(product.version())?;
        let before = product.parts().status;
        let edit = edit_of(&mut *uow, &command.changes, &product).await?;
        // A product is priced before it is shown, and hidden before its price is taken away.
        let status = command.changes.status.unwrap_or(before);
        if status == ProductStatus::Active {
            product.edit(edit, draft.edited)?;
            product.set_status(status, draft.moved)?;
        } else {
            product.set_status(status, draft.moved)?;
            product.edit(edit, draft.edited)?;
        }
        let is_edited = !product.events().is_empty();
        if is_edited {
            uow.products().update(&product).await?;
            if let Some(opening) = counting_begun(&product, draft) {
                uow.products().begin_counting(&opening).await?;
            }
        }
        let is_recounted = match command.changes.on_hand {
            Some(on_hand) => recount(&mut *uow, &product, on_hand, draft).await?,
            None => false,
        };
        let is_changed = is_edited || is_recounted;
        if is_changed {
            let action = action_of(&product, before, command.side);
            if let Some(entry) =
                deed(&command.actor, command.side, &product, action, draft.edited.at)
            {
                uow.audit().record(entry.fields(&fields_of(&command.changes)));
            }
        }
        let view = uow.products().view(product.id()).await?;
        let view = view.ok_or_else(|| StoreError::Corrupt("a product is not there".into()))?;
        if is_changed {
            uow.commit().await?;
        }
        Ok(view)
    }
}

/// Puts `on_hand` units of the default variant on record; answers whether there were others.
async fn recount(
    uow: &mut dyn CatalogueUnitOfWork,
    product: &Product,
    on_hand: i64,
    draft: &Draft,
) -> Result<bool, WriteProductError> {
    let stock = uow.recounts().find(StockKey::Product(product.id())).await?;
    let stock = stock.ok_or_else(|| StoreError::Corrupt("a product has no variant".into()))?;
    let counted = Counted {
        on_hand,
        reason: REASON.to_owned(),
        is_counted: None,
        backorder_limit: None,
        low_stock_threshold: None,
    };
    let recount = stock.recount(&counted, draft.level, draft.count, draft.edited.at)?;
    let Some(recount) = recount else { return Ok(false) };
    uow.recounts().store(&recount).await?;
    Ok(true)
}

async fn edit_of(
    uow: &mut dyn CatalogueUnitOfWork,
    changes: &ProductChanges,
    product: &Product,
) -> Result<ProductEdit, WriteProductError> {
    let default = product.parts().variants.first();
    let usual = default.and_then(|default| default.prices.first()).map(|price| price.currency);
    let price = match &changes.price {
        Some(Some(wanted)) => Some(Some(wanted.read(usual)?)),
        Some(None) => Some(None),
        None => None,
    };
    let category = match &changes.category {
        Some(Some(named)) => Some(Some(category_meant(uow, named).await?)),
        Some(None) => Some(None),
        None => None,
    };
    Ok(ProductEdit {
        name: changes.name.clone(),
        slug: changes.slug.clone(),
        description: changes.description.clone(),
        category,
        sku: changes.sku.clone(),
        track_stock: changes.track_stock,
        price,
    })
}

/// What has no stock level yet gets one when its stock begins to be counted.
fn counting_begun(product: &Product, draft: &Draft) -> Option<OpeningStock> {
    let default = product.parts().variants.first()?;
    let was_counted = product.stored()?.variants.first()?.track_stock;
    let (level, movement) = (draft.level, draft.movement);
    let opening = OpeningStock { level, movement, variant: default.id, on_hand: 0 };
    (default.track_stock && !was_counted).then_some(opening)
}

fn fields_of(changes: &ProductChanges) -> Vec<&'static str> {
    let named = [
        ("name", changes.name.is_some()),
        ("description", changes.description.is_some()),
        ("category", changes.category.is_some()),
        ("slug", changes.slug.is_some()),
        ("sku", changes.sku.is_some()),
        ("price", changes.price.is_some()),
        ("status", changes.status.is_some()),
        ("track_stock", changes.track_stock.is_some()),
        ("on_hand", changes.on_hand.is_some()),
    ];
    named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
}
