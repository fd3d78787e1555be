use domain::{
    inventory::{MovementKind, OpeningStock, Recount, StockDemand},
    ordering::OrderId,
    shared::{error::StoreError, id::derived_id},
};
use sea_orm::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    row::micros,
    sql::Sql,
    sql_list::{Rows, insert, values},
};

/// What moved one level, and by how much.
#[derive(Clone)]
pub(crate) struct Movement {
    pub(super) id: Uuid,
    pub(super) level: Uuid,
    pub(super) kind: MovementKind,
    on_hand: i64,
    pub(super) reserved: i64,
    pub(super) allocated: i64,
    pub(super) order: Option<Uuid>,
    reason: Option<String>,
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
            reason: None,
            at,
        }
    }

    pub(super) fn recount(recount: &Recount) -> Self {
        Self {
            id: recount.movement.raw(),
            level: recount.level.raw(),
            kind: MovementKind::Adjust,
            on_hand: recount.difference(),
            reserved: 0,
            allocated: 0,
            order: None,
            reason: Some(recount.reason.clone()),
            at: recount.at,
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
            // The same movement noted twice is refused by the primary key.
            id: derived_id(at, &(kind, order, demand.level)),
            level: demand.level.raw(),
            kind,
            on_hand: 0,
            reserved,
            allocated,
            order: Some(order.raw()),
            reason: None,
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

    fn row(self) -> [Value; 9] {
        values![
            self.id,
            self.level,
            self.kind.as_str(),
            self.on_hand,
            self.reserved,
            self.allocated,
            self.order,
            self.reason,
            micros(self.at),
        ]
    }
}

pub(crate) async fn insert_movements(
    sql: &dyn Sql,
    movements: impl Iterator<Item = Movement> + Send,
) -> Result<(), StoreError> {
    insert(sql, INSERT_MOVEMENTS, movements.map(Movement::row).collect()).await
}

pub(super) const INSERT_MOVEMENTS: &str = "INSERT INTO stock_movements (id, level_id, kind, on_hand_change, \
    reserved_change, allocated_change, order_id, reason, created_at)";
