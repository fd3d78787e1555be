use async_trait::async_trait;
use domain::{
    catalogue::{Product, Variant, VariantId},
    inventory::{
        InventoryReads, InventoryUnitOfWork, MovementId, MovementKind, MovementView, Recount,
        RecountRepository, Shortage, StockChange, StockCounters, StockDemand, StockKey,
        StockLevelId, StockRepository, VariantStock,
    },
    ordering::OrderId,
    shared::{
        error::StoreError,
        id::derived_id,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{
    MemoryState, MemoryUnitOfWork, page,
    state::{Movement, StockLevelRow, Tables},
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

    /// Adds `(on_hand, reserved, allocated)` times each quantity to the counters.
    fn move_stock(
        &mut self,
        kind: MovementKind,
        order: OrderId,
        demand: &[StockDemand],
        at: OffsetDateTime,
        (on_hand, reserved, allocated): (i64, i64, i64),
    ) -> Result<(), StoreError> {
        for wanted in demand {
            let level = wanted.level;
            let [on_hand, reserved, allocated] =
                [on_hand, reserved, allocated].map(|units| units * wanted.quantity);
            let tables = self.write();
            let Some(row) = tables.stock.get_mut(&level) else {
                return Err(refused("fk_stock_movements_level"));
            };
            let before = row.counters();
            row.on_hand += on_hand;
            row.reserved += reserved;
            row.allocated += allocated;
            if row.reserved < 0 {
                return Err(refused("ck_stock_levels_reserved"));
            }
            let id = MovementId::new(derived_id(at, &(kind, order, level)));
            let (order, reason) = (Some(order), None);
            tables.movements.push(Movement {
                id,
                level,
                kind,
                on_hand,
                reserved,
                allocated,
                order,
                reason,
                at,
            });
            self.tell(level, before, at)?;
        }
        Ok(())
    }

    /// Records what came of a change of `level`, which stood at `before`.
    fn tell(
        &mut self,
        level: StockLevelId,
        before: StockCounters,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let Some(row) = self.write().stock.get_mut(&level) else {
            return Err(refused("fk_stock_movements_level"));
        };
        let (variant, after, version) = (row.variant, row.counters(), row.events);
        let mut change = StockChange { level, variant, before, after, version, at };
        row.events += i64::try_from(change.events().len()).unwrap_or(i64::MAX);
        change.version = row.events;
        self.record(&change.events())
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
            self.move_stock(MovementKind::Reserve, order, demand, now, (0, 1, 0))?;
        }
        Ok(short)
    }

    async fn allocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Allocate, order, demand, now, (0, -1, 1))
    }

    async fn allocate_again(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if !self.shortages(demand).is_empty() {
            return Ok(false);
        }
        self.move_stock(MovementKind::Allocate, order, demand, now, (0, 0, 1))?;
        Ok(true)
    }

    async fn deallocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Deallocate, order, demand, now, (0, 0, -1))
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
            self.move_stock(MovementKind::Ship, order, demand, now, (-1, 0, -1))?;
        }
        Ok(shortages)
    }

    async fn release(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.move_stock(MovementKind::Release, order, demand, now, (0, -1, 0))
    }
}

impl InventoryUnitOfWork for MemoryUnitOfWork {
    fn recounts(&mut self) -> &mut dyn RecountRepository {
        self
    }
}

#[async_trait]
impl RecountRepository for MemoryUnitOfWork {
    async fn find(&mut self, key: StockKey) -> Result<Option<VariantStock>, StoreError> {
        Ok(stock(self.tables(), key))
    }

    async fn store(&mut self, recount: &Recount) -> Result<StockCounters, StoreError> {
        let Recount { level, variant, at, .. } = *recount;
        let known = self.tables().level_of(variant);
        let (events, stored) = match known {
            None if recount.is_new => (0, recount.before),
            Some((_, row)) if !recount.is_new => (row.events, row.counters()),
            _ => return Err(StoreError::Conflict),
        };
        let StockCounters { reserved, allocated, .. } = stored;
        let before = StockCounters { reserved, allocated, ..recount.before };
        let after = StockCounters { reserved, allocated, ..recount.after };
        if before != stored || after.available() < 0 {
            return Err(StoreError::Conflict);
        }
        let tables = self.write();
        track(tables, variant, recount.is_counted);
        let row = StockLevelRow { events, ..StockLevelRow::new(variant, after) };
        tables.stock.insert(level, row);
        if recount.difference() != 0 {
            tables.movements.push(Movement {
                id: recount.movement,
                level,
                kind: MovementKind::Adjust,
                on_hand: recount.difference(),
                reserved: 0,
                allocated: 0,
                order: None,
                reason: Some(recount.reason.clone()),
                at,
            });
        }
        if recount.is_counted && !recount.is_new {
            self.tell(level, before, at)?;
        }
        Ok(after)
    }
}

/// [`InventoryReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = InventoryReads)]
pub struct MemoryInventoryReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryInventoryReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl InventoryReads for MemoryInventoryReads {
    async fn stock(&self, key: StockKey) -> Result<Option<VariantStock>, StoreError> {
        Ok(stock(&self.state.lock(), key))
    }

    async fn stock_of(&self, variant: VariantId) -> Result<Option<VariantStock>, StoreError> {
        Ok(stock_where(&self.state.lock(), |_, other| other.id == variant))
    }

    async fn movements(
        &self,
        key: StockKey,
        window: Window,
    ) -> Result<Option<Page<MovementView>>, StoreError> {
        let tables = self.state.lock();
        let Some(stock) = stock(&tables, key) else { return Ok(None) };
        let moved = tables.movements.iter().filter(|moved| Some(moved.level) == stock.level);
        let mut moved: Vec<_> = moved.cloned().map(movement_view).collect();
        moved.sort_by_key(|moved| std::cmp::Reverse(moved.id));
        Ok(Some(page::cut(moved, |moved| moved.id.raw(), window)))
    }
}

/// Counts the stock of `variant`, or not, without an event of its product.
fn track(tables: &mut Tables, variant: VariantId, is_counted: bool) {
    for product in tables.products.values_mut() {
        let mut parts = product.parts().clone();
        let Some(own) = parts.variants.iter_mut().find(|own| own.id == variant) else { continue };
        own.track_stock = is_counted;
        let (made, changed) = (product.created_at(), product.updated_at());
        *product = Product::restore(product.id(), parts, product.version(), made, changed);
    }
}

fn movement_view(moved: Movement) -> MovementView {
    MovementView {
        id: moved.id,
        kind: moved.kind,
        on_hand: moved.on_hand,
        reserved: moved.reserved,
        allocated: moved.allocated,
        order: moved.order,
        reason: moved.reason,
        at: moved.at,
    }
}

fn stock(tables: &Tables, key: StockKey) -> Option<VariantStock> {
    match key {
        StockKey::Product(id) => stock_where(tables, |product, variant| {
            let default = product.parts().variants.first();
            product.id() == id && default.is_some_and(|default| default.id == variant.id)
        }),
        StockKey::Variant(id, wanted) => {
            stock_where(tables, |product, variant| product.id() == id && variant.id == wanted)
        }
    }
}

fn stock_where(
    tables: &Tables,
    is_wanted: impl Fn(&Product, &Variant) -> bool,
) -> Option<VariantStock> {
    let all = tables.products.values();
    let mut variants = all
        .flat_map(|product| product.parts().variants.iter().map(move |variant| (product, variant)));
    let (product, variant) = variants.find(|(product, variant)| is_wanted(product, variant))?;
    let level = tables.level_of(variant.id);
    Some(VariantStock {
        product: product.id(),
        variant: variant.id,
        sku: variant.sku.as_str().to_owned(),
        name: product.parts().name.clone(),
        is_counted: variant.track_stock,
        level: level.map(|(id, _)| id),
        counters: level.map(|(_, row)| row.counters()).unwrap_or_default(),
    })
}
