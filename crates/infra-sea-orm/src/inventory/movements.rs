use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

use domain::{
    inventory::{MovementKind, OpeningStock, StockDemand},
    ordering::OrderId,
    shared::error::StoreError,
};
use sea_orm::Value;
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use crate::{
    row::micros,
    sql::Sql,
    sql_list::{Rows, insert, values},
};

/// What moved one level, and by how much.
#[derive(Clone, Copy)]
pub(crate) struct Movement {
    pub(super) id: Uuid,
    pub(super) level: Uuid,
    pub(super) kind: MovementKind,
    on_hand: i64,
    pub(super) reserved: i64,
    pub(super) allocated: i64,
    pub(super) order: Option<Uuid>,
    pub(super) at: OffsetDateTime,
}

impl Movement {
    pub(crate) const fn opening(stock: &OpeningStock, at: OffsetDateTime) -> Self {
        Self {
            id: stock.movement.raw(),
            level: stock.level.raw(),
            kind: MovementKind::Opening,
            on_hand: stock.on_hand,
            reserved: 0,
            allocated: 0,
            order: None,
            at,
        }
    }

    pub(super) fn of_order(
        kind: MovementKind,
        order: OrderId,
        demand: &StockDemand,
        (reserved, allocated): (i64, i64),
        at: OffsetDateTime,
    ) -> Self {
        Self {
            id: derive_id(kind, order, demand, at),
            level: demand.level.raw(),
            kind,
            on_hand: 0,
            reserved,
            allocated,
            order: Some(order.raw()),
            at,
        }
    }

    pub(super) fn shipped(order: OrderId, demand: &StockDemand, at: OffsetDateTime) -> Self {
        let gone = (0, -demand.quantity);
        let moved = Self::of_order(MovementKind::Ship, order, demand, gone, at);
        Self { on_hand: -demand.quantity, ..moved }
    }

    pub(crate) fn rows(movements: impl Iterator<Item = Self>) -> Rows {
        Rows::new(INSERT_MOVEMENTS, movements.map(Self::row))
    }

    fn row(self) -> [Value; 8] {
        values![
            self.id,
            self.level,
            self.kind.as_str(),
            self.on_hand,
            self.reserved,
            self.allocated,
            self.order,
            micros(self.at),
        ]
    }
}

/// A UUID of version 8 (RFC 9562) made of the time and a hash of what moved: the same movement noted twice is
/// refused by the primary key, and the index grows at its end.
fn derive_id(kind: MovementKind, order: OrderId, demand: &StockDemand, at: OffsetDateTime) -> Uuid {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, kind, order, demand.level, micros(at)).hash(&mut hasher);
        hasher.finish()
    };
    let noise = u128::from(hash(0)) << 64 | u128::from(hash(1));
    let millis = u128::from((micros(at) / 1_000).unsigned_abs());
    Builder::from_custom_bytes((millis << 80 | noise >> 48).to_be_bytes()).into_uuid()
}

pub(crate) async fn insert_movements(
    sql: &dyn Sql,
    movements: impl Iterator<Item = Movement> + Send,
) -> Result<(), StoreError> {
    insert(sql, INSERT_MOVEMENTS, movements.map(Movement::row).collect()).await
}

pub(super) const INSERT_MOVEMENTS: &str = "INSERT INTO stock_movements (id, level_id, kind, on_hand_change, \
    reserved_change, allocated_change, order_id, created_at)";
