use async_trait::async_trait;
use domain::{
    inventory::{MovementKind, Shortage, StockDemand, StockRepository},
    ordering::OrderId,
    shared::error::StoreError,
};
use time::OffsetDateTime;

use super::{
    MemoryUnitOfWork,
    state::{Movement, StockLevelRow},
};

impl MemoryUnitOfWork {
    fn shortages(&self, demand: &[StockDemand]) -> Vec<Shortage> {
        let left = |wanted: &StockDemand| {
            self.tables().stock.get(&wanted.level).map_or(0, StockLevelRow::available)
        };
        demand
            .iter()
            .filter(|wanted| left(wanted) < wanted.quantity)
            .map(|wanted| Shortage {
                variant: wanted.variant,
                wanted: wanted.quantity,
                left: left(wanted),
            })
            .collect()
    }

    fn move_stock(
        &mut self,
        kind: MovementKind,
        order: OrderId,
        demand: &[StockDemand],
        at: OffsetDateTime,
        change: impl Fn(&mut StockLevelRow, i64),
    ) -> Result<(), StoreError> {
        for wanted in demand {
            let (level, quantity) = (wanted.level, wanted.quantity);
            let tables = self.write();
            let Some(row) = tables.stock.get_mut(&level) else {
                return Err(refused("fk_stock_movements_level"));
            };
            change(row, quantity);
            if row.reserved < 0 {
                return Err(refused("ck_stock_levels_reserved"));
            }
            tables.movements.push(Movement { level, kind, order: Some(order), quantity, at });
        }
        Ok(())
    }
}

fn refused(constraint: &str) -> StoreError {
    StoreError::Refused { constraint: constraint.to_owned() }
}

#[async_trait]
impl StockRepository for MemoryUnitOfWork {
    async fn reserve(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError> {
        let short = self.shortages(demand);
        if short.is_empty() {
            self.move_stock(MovementKind::Reserve, order, demand, now, |row, quantity| {
                row.reserved += quantity;
            })?;
        }
        Ok(short)
    }

    async fn allocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Allocate, order, demand, now, |row, quantity| {
            row.reserved -= quantity;
            row.allocated += quantity;
        })
    }

    async fn allocate_again(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if !self.reserve(order, demand, now).await?.is_empty() {
            return Ok(false);
        }
        self.allocate(order, demand, now).await?;
        Ok(true)
    }

    async fn deallocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Deallocate, order, demand, now, |row, quantity| {
            row.allocated -= quantity;
        })
    }

    async fn ship(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError> {
        let on_hand = |sent: &StockDemand| {
            self.tables().stock.get(&sent.level).map_or(0, |level| level.on_hand)
        };
        let short = |sent: &&StockDemand| on_hand(sent) < sent.quantity;
        let shortage = |sent: &StockDemand| Shortage {
            variant: sent.variant,
            wanted: sent.quantity,
            left: on_hand(sent),
        };
        let shortages: Vec<_> = demand.iter().filter(short).map(shortage).collect();
        if shortages.is_empty() {
            self.move_stock(MovementKind::Ship, order, demand, now, |row, quantity| {
                row.on_hand -= quantity;
                row.allocated -= quantity;
            })?;
        }
        Ok(shortages)
    }

    async fn release(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Release, order, demand, now, |row, quantity| {
            row.reserved -= quantity;
        })
    }
}
