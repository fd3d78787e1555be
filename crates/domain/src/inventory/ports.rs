use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    Counted, Recount, SetStockError, Shortage, StockCounters, StockDemand, StockKey, VariantStock,
};
use crate::{
    ordering::OrderId,
    shared::{actor::Actor, error::StoreError, event::Provenance, ports::UnitOfWork},
};

// Driving side: what the outside may ask of this context.

/// Input of [`SetStock`].
#[derive(Clone, Debug)]
pub struct SetStockCommand {
    /// Who counted.
    pub actor: Actor,
    /// What was counted.
    pub key: StockKey,
    /// What was found.
    pub counted: Counted,
    /// What set it off.
    pub provenance: Provenance,
}

/// Puts what a person counted on record.
#[async_trait]
pub trait SetStock: Interface {
    /// Stores the count with the difference as a movement; the same count again changes nothing.
    async fn execute(&self, command: SetStockCommand) -> Result<VariantStock, SetStockError>;
}

// Driven side: what this context needs from the outside.

/// Counts of stock inside one unit of work.
#[async_trait]
pub trait RecountRepository: Send {
    /// Stock of one variant, in one statement.
    async fn find(&mut self, key: StockKey) -> Result<Option<VariantStock>, StoreError>;

    /// Stores a count with its movement and the events it leads to, on the condition, checked in
    /// the same statement, that what it changes is as it was and what was promised is left.
    /// Answers how the level stands.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else was faster.
    async fn store(&mut self, recount: &Recount) -> Result<StockCounters, StoreError>;
}

/// Everything the inventory context may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait InventoryUnitOfWork: UnitOfWork {
    /// Counts.
    fn recounts(&mut self) -> &mut dyn RecountRepository;
}

/// Opens units of work for the inventory context.
#[async_trait]
pub trait InventoryStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn InventoryUnitOfWork>, StoreError>;
}

/// Stock levels inside one unit of work. Every change is one conditional statement, leaves a
/// movement, and records the events it leads to.
///
/// `demand` is merged and sorted by [`super::merge_demand`].
#[async_trait]
pub trait StockRepository: Send {
    /// Promises units to a pending order, one statement for each level; when any level is short,
    /// answers every shortage, and the caller rolls back.
    async fn reserve(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError>;

    /// Turns the promises of `order` into paid ones.
    async fn allocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Takes stock for an order whose promise was given back and that was paid after all; `false`
    /// takes nothing and the caller must not sell.
    async fn allocate_again(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Gives the paid promises of `order` back.
    async fn deallocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Takes what is sent from hand and from the paid promises; when less is on hand, because it
    /// was sold on back order, answers every shortage, and the caller rolls back.
    async fn ship(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError>;

    /// Gives the promises of a pending order back.
    async fn release(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
