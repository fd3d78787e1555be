use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Shortage, StockDemand};
use crate::{ordering::OrderId, shared::error::StoreError};

/// Stock levels inside one unit of work. Every change is one conditional statement and leaves a
/// movement.
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
