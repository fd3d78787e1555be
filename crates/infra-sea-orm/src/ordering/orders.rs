use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::{Order, OrderId, OrderRepository, TimelineEntry},
    payments::AttemptStatus,
    shared::{error::StoreError, event::DomainEvent},
};
use sea_orm::Value;
use time::OffsetDateTime;

use super::coupon_rows::redemption;
use super::mapping::{order_columns, orders, particulars_values};
use crate::{
    payments::in_flight,
    row::micros,
    sql::{Dialect, Sql},
    sql_list::{Rows, insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl OrderRepository for SeaUnitOfWork {
    async fn insert(&mut self, order: &Order) -> Result<(), StoreError> {
        let (state, price) = (order.state(), order.price());
        let [shipping_address, billing_address, note] = particulars_values(order.particulars())?;
        let row = values![
            order.id().raw(),
            order.number().as_str(),
            order.customer().raw(),
            state.status.as_str(),
            state.payment_status.as_str(),
            state.fulfilment_status.as_str(),
            price.total.currency.code(),
            price.subtotal.minor,
            price.discount.minor,
            0_i64,
            0_i64,
            price.total.minor,
            state.version,
            micros(order.created_at()),
            micros(state.updated_at),
            state.expires_at.map(micros),
            price.coupon.as_ref().map(|coupon| coupon.id.raw()),
            price.coupon.as_ref().map(|coupon| coupon.code.as_str()),
            shipping_address,
            billing_address,
            note,
        ];
        self.put_off(Rows::new(INSERT, [row]));
        self.put_off(Rows::new(INSERT_LINES, lines(order)));
        self.put_off(Rows::new(INSERT_TIMELINE, timeline(order)));
        self.put_off(redemption(order));
        self.append_events(order.events());
        Ok(())
    }

    async fn find(&mut self, id: OrderId) -> Result<Option<Order>, StoreError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => FIND,
            Dialect::Postgres => FIND_AND_LOCK,
        };
        let rows = self.fetch(sql, values![id.raw()].to_vec()).await?;
        Ok(orders(&rows)?.pop())
    }

    async fn update(&mut self, order: &Order) -> Result<(), StoreError> {
        if order.events().is_empty() {
            return Ok(());
        }
        let changed = self.execute(UPDATE, new_state(order).to_vec()).await?;
        store_steps(self, order, changed).await?;
        store_shipped(self, order).await
    }

    async fn update_edited(&mut self, order: &Order) -> Result<(), StoreError> {
        let price = order.price();
        let mut values = new_state(order).to_vec();
        values.extend(values![price.subtotal.minor, price.discount.minor, price.total.minor]);
        values.extend(particulars_values(order.particulars())?);
        let changed = self.execute(UPDATE_EDITED, values).await?;
        store_steps(self, order, changed).await?;
        self.execute(DELETE_LINES, values![order.id().raw()].to_vec()).await?;
        insert(self, INSERT_LINES, lines(order)).await
    }

    async fn update_expired(
        &mut self,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut values = new_state(order).to_vec();
        values.extend(values![micros(now), micros(now - AttemptStatus::ABANDONED_AFTER)]);
        let changed = self.execute(UPDATE_EXPIRED, values).await?;
        store_steps(self, order, changed).await
    }

    async fn forget_particulars(&mut self, customer: UserId) -> Result<(), StoreError> {
        self.execute(FORGET, values![customer.raw()].to_vec()).await?;
        Ok(())
    }
}

fn lines(order: &Order) -> Vec<[Value; 11]> {
    let row = |(line, position): (&domain::ordering::Line, i64)| {
        values![
            line.id.raw(),
            order.id().raw(),
            position,
            line.product.raw(),
            line.variant.raw(),
            line.level.map(domain::inventory::StockLevelId::raw),
            line.name.as_str(),
            line.sku.as_str(),
            i64::from(line.quantity),
            line.unit_price.minor,
            line.discount.minor,
        ]
    };
    order.lines().iter().zip(0..).map(row).collect()
}

fn timeline(order: &Order) -> Vec<[Value; 5]> {
    let row = |step: &TimelineEntry| {
        values![order.id().raw(), step.version, step.event, step.status.as_str(), micros(step.at)]
    };
    order.timeline().iter().map(row).collect()
}

fn new_state(order: &Order) -> [Value; 8] {
    let state = order.state();
    values![
        state.status.as_str(),
        state.payment_status.as_str(),
        state.fulfilment_status.as_str(),
        state.version,
        micros(state.updated_at),
        state.expires_at.map(micros),
        order.id().raw(),
        order.stored_version(),
    ]
}

async fn store_steps(
    unit: &mut SeaUnitOfWork,
    order: &Order,
    changed: u64,
) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::Conflict);
    }
    insert(unit, INSERT_TIMELINE, timeline(order)).await?;
    unit.append_events(order.events());
    Ok(())
}

/// What the recorded events say has left, line by line.
async fn store_shipped(unit: &SeaUnitOfWork, order: &Order) -> Result<(), StoreError> {
    for recorded in order.events() {
        let DomainEvent::OrderShipped(shipped) = &recorded.event else { continue };
        for line in &shipped.lines {
            let values = values![i64::from(line.quantity), line.line_id.raw()].to_vec();
            if unit.execute(SHIP_LINE, values).await? == 0 {
                return Err(StoreError::Conflict);
            }
        }
    }
    Ok(())
}

const SHIP_LINE: &str =
    "UPDATE order_lines SET shipped = shipped + $1 WHERE id = $2 AND shipped + $1 <= quantity";

const INSERT: &str = "INSERT INTO orders (id, number, user_id, status, payment_status, \
    fulfilment_status, currency, lines_total, discount_total, shipping_total, tax_total, total, \
    version, created_at, updated_at, expires_at, coupon_id, promo_code, shipping_address, \
    billing_address, note)";

const INSERT_LINES: &str = "INSERT INTO order_lines (id, order_id, position, product_id, \
    variant_id, level_id, name, sku, quantity, unit_price, discount)";

const INSERT_TIMELINE: &str =
    "INSERT INTO order_timeline (order_id, version, event, status, created_at)";

const FIND: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1 ORDER BY l.position",
);

/// The lock makes whoever changes an order, its money or its stock wait here, before any other
/// lock is taken. It is one that foreign keys to the order do not wait for.
const FIND_AND_LOCK: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1 ORDER BY l.position",
    " FOR NO KEY UPDATE OF o",
);

const UPDATE: &str = "UPDATE orders SET status = $1, payment_status = $2, \
    fulfilment_status = $3, version = $4, updated_at = $5, expires_at = $6 \
    WHERE id = $7 AND version = $8";

const UPDATE_EDITED: &str = "UPDATE orders SET status = $1, payment_status = $2, \
    fulfilment_status = $3, version = $4, updated_at = $5, expires_at = $6, lines_total = $9, \
    discount_total = $10, total = $11, shipping_address = $12, billing_address = $13, note = $14 \
    WHERE id = $7 AND version = $8";

const FORGET: &str = "UPDATE orders SET shipping_address = NULL, billing_address = NULL, \
    note = NULL WHERE user_id = $1 AND (shipping_address IS NOT NULL \
    OR billing_address IS NOT NULL OR note IS NOT NULL)";

const DELETE_LINES: &str = "DELETE FROM order_lines WHERE order_id = $1";

const UPDATE_EXPIRED: &str = concat!(
    "UPDATE orders SET status = $1, payment_status = $2, fulfilment_status = $3, version = $4, \
     updated_at = $5, expires_at = $6 \
     WHERE id = $7 AND version = $8 AND status = 'pending' AND expires_at <= $9 AND NOT ",
    in_flight!("orders.id", "$10"),
);
