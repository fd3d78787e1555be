use domain::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::StockLevelId,
    ordering::{
        FulfilmentStatus, Line, LineId, Order, OrderId, OrderNumber, OrderState, OrderStatus,
        PaymentStatus,
    },
    shared::error::StoreError,
};

use crate::{
    row::{get, get_count, get_enum, get_optional_time, get_time, money},
    sql::Row,
};

/// Columns of an order `o` joined with its lines `l`.
macro_rules! order_columns {
    () => {
        "o.id, o.number, o.user_id, o.status, o.payment_status, o.fulfilment_status, o.currency, \
         o.total, o.version, o.created_at, o.updated_at, o.expires_at, l.id AS line_id, \
         l.product_id, l.variant_id, l.level_id, l.name, l.sku, l.quantity, l.unit_price, \
         l.shipped"
    };
}
pub(super) use order_columns;

/// Orders from rows that are grouped by order, one row for each line.
pub(super) fn orders(rows: &[Row]) -> Result<Vec<Order>, StoreError> {
    let mut orders = Vec::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let id = OrderId::new(get(first, "id")?);
        let (mut lines, mut taken) = (Vec::new(), 0);
        for row in rest {
            if OrderId::new(get(row, "id")?) != id {
                break;
            }
            taken += 1;
            lines.push(line(row)?);
        }
        orders.push(order(id, first, lines)?);
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(orders)
}

fn order(id: OrderId, row: &Row, lines: Vec<Line>) -> Result<Order, StoreError> {
    let state = OrderState {
        status: get_enum(row, "status", OrderStatus::parse)?,
        payment_status: get_enum(row, "payment_status", PaymentStatus::parse)?,
        fulfilment_status: get_enum(row, "fulfilment_status", FulfilmentStatus::parse)?,
        version: get(row, "version")?,
        updated_at: get_time(row, "updated_at")?,
        expires_at: get_optional_time(row, "expires_at")?,
    };
    Ok(Order::restore(
        id,
        OrderNumber::stored(get(row, "number")?),
        UserId::new(get(row, "user_id")?),
        money(get(row, "total")?, &get::<String>(row, "currency")?)?,
        lines,
        get_time(row, "created_at")?,
        state,
    ))
}

fn line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        id: LineId::new(get(row, "line_id")?),
        product: ProductId::new(get(row, "product_id")?),
        variant: VariantId::new(get(row, "variant_id")?),
        level: get::<Option<_>>(row, "level_id")?.map(StockLevelId::new),
        name: get(row, "name")?,
        sku: get(row, "sku")?,
        quantity: get_count(row, "quantity")?,
        unit_price: money(get(row, "unit_price")?, &get::<String>(row, "currency")?)?,
        shipped: get_count(row, "shipped")?,
    })
}
