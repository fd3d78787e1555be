use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{MovementId, MovementKind, VariantStock};
use crate::{
    catalogue::{ProductId, VariantId},
    ordering::OrderId,
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};

/// Whose stock is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockKey {
    /// Of the default variant of a product.
    Product(ProductId),
    /// Of this variant, which has to belong to the product.
    Variant(ProductId, VariantId),
}

/// One change of the counters of a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementView {
    /// Identity.
    pub id: MovementId,
    /// Why the counters moved.
    pub kind: MovementKind,
    /// Units that came or went.
    pub on_hand: i64,
    /// Units that were promised, or not any more.
    pub reserved: i64,
    /// Units that were paid for, or not any more.
    pub allocated: i64,
    /// For which order.
    pub order: Option<OrderId>,
    /// What the person who counted said.
    pub reason: Option<String>,
    /// When.
    pub at: OffsetDateTime,
}

/// Reads of stock, straight from the database.
#[async_trait]
pub trait InventoryReads: Interface {
    /// Stock of one variant, in one statement.
    async fn stock(&self, key: StockKey) -> Result<Option<VariantStock>, StoreError>;

    /// Stock of one variant, whatever its product, in one statement.
    async fn stock_of(&self, variant: VariantId) -> Result<Option<VariantStock>, StoreError>;

    /// What moved the stock of a variant, newest first: one statement, and one more for the total
    /// of an offset window. `None` when there is no such variant.
    async fn movements(
        &self,
        key: StockKey,
        window: Window,
    ) -> Result<Option<Page<MovementView>>, StoreError>;
}
