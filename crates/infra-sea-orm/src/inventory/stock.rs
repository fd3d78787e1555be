use async_trait::async_trait;
use domain::{
    inventory::{MovementKind, Shortage, StockChange, StockCounters, StockDemand, StockRepository},
    ordering::OrderId,
    shared::error::StoreError,
};
use sea_orm::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Movement, insert_movements, movements::INSERT_MOVEMENTS, shipping::ship};
use crate::{
    row::{get, micros},
    sql::{Dialect, Row, Sql, placeholders},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl StockRepository for SeaUnitOfWork {
    async fn reserve(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError> {
        self.touched.demand(demand);
        let mut shortages = Vec::new();
        for wanted in demand {
            let values = values![wanted.quantity, wanted.level.raw()].to_vec();
            if let Some(row) = self.fetch_first(RESERVE, values).await? {
                self.tell(&row, wanted, |after| after.reserved -= wanted.quantity, now)?;
            } else {
                let row = self.fetch_first(LEFT, values![wanted.level.raw()].to_vec()).await?;
                let left = row.map_or(Ok(0), |row| get(&row, "available"))?;
                let (variant, wanted) = (wanted.variant, wanted.quantity);
                shortages.push(Shortage { variant, wanted, left });
            }
        }
        if shortages.is_empty() {
            let reserved =
                |d| Movement::of_order(MovementKind::Reserve, order, d, (d.quantity, 0), now);
            self.put_off(Movement::rows(demand.iter().map(reserved)));
        }
        Ok(shortages)
    }

    async fn allocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.touched.demand(demand);
        let moved = |d| {
            Movement::of_order(MovementKind::Allocate, order, d, (-d.quantity, d.quantity), now)
        };
        self.move_all(demand.iter().map(moved).collect()).await
    }

    async fn allocate_again(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if demand.is_empty() {
            return Ok(true);
        }
        self.touched.demand(demand);
        let moved = |d| Movement::of_order(MovementKind::Allocate, order, d, (0, d.quantity), now);
        let (with, values) = over(self.dialect(), demand.iter().map(moved));
        let taken = self.fetch(&format!("{with} {ALLOCATE_AGAIN}"), values).await?;
        if taken.len() == demand.len() {
            for row in &taken {
                let level: Uuid = get(row, "id")?;
                let Some(of) = demand.iter().find(|d| d.level.raw() == level) else { continue };
                self.tell(row, of, |after| after.allocated -= of.quantity, now)?;
            }
            insert_movements(self, demand.iter().map(moved)).await?;
            return Ok(true);
        }
        let taken: Vec<Uuid> = taken.iter().map(|row| get(row, "id")).collect::<Result<_, _>>()?;
        let taken = demand.iter().filter(|d| taken.contains(&d.level.raw())).map(moved);
        let (with, values) = over(self.dialect(), taken);
        if !values.is_empty() {
            self.execute(&format!("{with} {GIVE_BACK}"), values).await?;
        }
        Ok(false)
    }

    async fn deallocate(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.touched.demand(demand);
        let moved =
            |d| Movement::of_order(MovementKind::Deallocate, order, d, (0, -d.quantity), now);
        self.move_all(demand.iter().map(moved).collect()).await
    }

    async fn ship(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<Vec<Shortage>, StoreError> {
        self.touched.demand(demand);
        ship(self, order, demand, now).await
    }

    async fn release(
        &mut self,
        order: OrderId,
        demand: &[StockDemand],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.touched.demand(demand);
        let moved = |d| Movement::of_order(MovementKind::Release, order, d, (-d.quantity, 0), now);
        self.move_all(demand.iter().map(moved).collect()).await
    }
}

impl SeaUnitOfWork {
    /// Records what the change to the level in `row` led to; `undo` makes of the counters after
    /// it those before.
    fn tell(
        &mut self,
        row: &Row,
        of: &StockDemand,
        undo: impl FnOnce(&mut StockCounters),
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let after = counters(row)?;
        let mut before = after;
        undo(&mut before);
        let (level, variant, version) = (of.level, of.variant, get(row, "event_version")?);
        let change = StockChange { level, variant, before, after, version, at };
        self.append_events(&change.events());
        Ok(())
    }

    /// Makes all the movements, or fails: in one statement on PostgreSQL, in two on SQLite.
    async fn move_all(&self, moved: Vec<Movement>) -> Result<(), StoreError> {
        let Some(first) = moved.first() else { return Ok(()) };
        let dialect = self.dialect();
        let (with, mut values) = over(dialect, moved.iter().cloned());
        let count = moved.len();
        let changed = match dialect {
            Dialect::Sqlite => self.execute(&format!("{with} {MOVE}"), values).await?,
            Dialect::Postgres => {
                let at = values.len();
                values.extend(values![first.kind.as_str(), first.order, micros(first.at)]);
                let (kind, order, now) = (at + 1, at + 2, at + 3);
                let sql = format!(
                    "{with}, changed(changed_id) AS ({MOVE} RETURNING id) {INSERT_MOVEMENTS} \
                     SELECT movement_id, level_id, ${kind}, 0, to_reserved, to_allocated, ${order}, \
                     NULL, ${now} FROM wanted JOIN changed ON changed_id = level_id"
                );
                self.execute(&sql, values).await?
            }
        };
        if u64::try_from(count) != Ok(changed) {
            return Err(StoreError::Corrupt(format!(
                "{changed} of {count} stock levels are there"
            )));
        }
        match dialect {
            Dialect::Sqlite => insert_movements(self, moved.into_iter()).await,
            Dialect::Postgres => Ok(()),
        }
    }
}

/// The movements as a table. PostgreSQL takes the row locks in ascending order first, as everybody
/// does; SQLite has one writer.
fn over(dialect: Dialect, moved: impl Iterator<Item = Movement>) -> (String, Vec<Value>) {
    let values: Vec<Value> =
        moved.flat_map(|m| values![m.level, m.reserved, m.allocated, m.id]).collect();
    let rows = placeholders(dialect, 1, values.len() / 4, 4);
    let held = match dialect {
        Dialect::Sqlite => "SELECT level_id FROM wanted",
        Dialect::Postgres => {
            "SELECT id FROM stock_levels WHERE id IN (SELECT level_id FROM wanted) ORDER BY id \
             FOR NO KEY UPDATE"
        }
    };
    let wanted = "wanted(level_id, to_reserved, to_allocated, movement_id)";
    (format!("WITH {wanted} AS (VALUES {rows}), held(held_id) AS ({held})"), values)
}

/// Counters and limits of a level.
macro_rules! stock_columns {
    () => {
        "on_hand, reserved, allocated, backorder_limit, low_stock_threshold"
    };
}
pub(super) use stock_columns;

pub(super) fn counters(row: &Row) -> Result<StockCounters, StoreError> {
    Ok(StockCounters {
        on_hand: get(row, "on_hand")?,
        reserved: get(row, "reserved")?,
        allocated: get(row, "allocated")?,
        backorder_limit: get(row, "backorder_limit")?,
        low_stock_threshold: get(row, "low_stock_threshold")?,
    })
}

/// How many events [`StockChange::events`] makes of what is left going from `$before` to `$after`.
macro_rules! events_between {
    ($before:literal, $after:literal) => {
        concat!(
            "CASE WHEN ",
            $before,
            " > low_stock_threshold AND ",
            $after,
            " <= low_stock_threshold THEN 1 ELSE 0 END + CASE WHEN ",
            $before,
            " + backorder_limit > 0 AND ",
            $after,
            " + backorder_limit <= 0 THEN 1 ELSE 0 END",
        )
    };
}

const RESERVE: &str = concat!(
    "UPDATE stock_levels SET reserved = reserved + $1, version = version + 1, \
     event_version = event_version + ",
    events_between!("on_hand - reserved - allocated", "on_hand - reserved - allocated - $1"),
    " WHERE id = $2 AND on_hand - reserved - allocated + backorder_limit >= $1 \
     RETURNING event_version, ",
    stock_columns!(),
);

const LEFT: &str = "SELECT on_hand - reserved - allocated + backorder_limit AS available \
    FROM stock_levels WHERE id = $1";

const MOVE: &str = "UPDATE stock_levels SET reserved = reserved + to_reserved, \
    allocated = allocated + to_allocated, version = version + 1 \
    FROM wanted, held WHERE id = level_id AND held_id = level_id";

const ALLOCATE_AGAIN: &str = concat!(
    "UPDATE stock_levels SET allocated = allocated + to_allocated, version = version + 1, \
     event_version = event_version + ",
    events_between!(
        "on_hand - reserved - allocated",
        "on_hand - reserved - allocated - to_allocated"
    ),
    " FROM wanted, held WHERE id = level_id AND held_id = level_id \
     AND on_hand - reserved - allocated + backorder_limit >= to_allocated \
     RETURNING id, event_version, ",
    stock_columns!(),
);

const GIVE_BACK: &str = concat!(
    "UPDATE stock_levels SET allocated = allocated - to_allocated, version = version + 1, \
     event_version = event_version - (",
    events_between!(
        "on_hand - reserved - allocated + to_allocated",
        "on_hand - reserved - allocated"
    ),
    ") FROM wanted, held WHERE id = level_id AND held_id = level_id",
);
