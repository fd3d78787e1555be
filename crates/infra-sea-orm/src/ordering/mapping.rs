use domain::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::StockLevelId,
    ordering::{
        AppliedCoupon, CouponId, FulfilmentStatus, Line, LineId, Order, OrderId, OrderNumber,
        OrderPrice, OrderState, OrderStatus, Particulars, PaymentStatus, PostalAddress, PromoCode,
    },
    shared::error::StoreError,
};
use sea_orm::Value;

use crate::{
    row::{get, get_count, get_enum, get_optional_time, get_time, money},
    sql::Row,
    sql_list::values,
};

/// Columns of an order `o` joined with its lines `l`. What may be long comes with the first line
/// alone.
macro_rules! order_columns {
    () => {
        "o.id, o.number, o.user_id, o.status, o.payment_status, o.fulfilment_status, o.currency, \
         o.lines_total, o.discount_total, o.total, o.coupon_id, o.promo_code, o.version, o.created_at, \
         o.updated_at, o.expires_at, \
         CASE WHEN l.position = 0 THEN o.shipping_address END AS shipping_address, \
         CASE WHEN l.position = 0 THEN o.billing_address END AS billing_address, \
         CASE WHEN l.position = 0 THEN o.note END AS note, l.id AS line_id, \
         l.product_id, l.variant_id, l.level_id, l.name, l.sku, l.quantity, l.unit_price, \
         l.discount, l.shipped"
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
        price(row)?,
        lines,
        get_time(row, "created_at")?,
        state,
    )
    .with_particulars(particulars(row)?))
}

/// Three values of an order: two addresses as JSON, and a note.
pub(super) fn particulars_values(particulars: &Particulars) -> Result<[Value; 3], StoreError> {
    let text = |address: &Option<PostalAddress>| {
        let text = address.as_ref().map(serde_json::to_string).transpose();
        text.map_err(|error| StoreError::Corrupt(error.to_string()))
    };
    Ok(values![
        text(&particulars.shipping_address)?,
        text(&particulars.billing_address)?,
        particulars.note.clone(),
    ])
}

fn particulars(row: &Row) -> Result<Particulars, StoreError> {
    let address = |column: &str| {
        let text = get::<Option<String>>(row, column)?;
        let address = text.as_deref().map(serde_json::from_str::<PostalAddress>).transpose();
        address.map_err(|error| StoreError::Corrupt(format!("{column}: {error}")))
    };
    Ok(Particulars {
        shipping_address: address("shipping_address")?,
        billing_address: address("billing_address")?,
        note: get(row, "note")?,
    })
}

fn price(row: &Row) -> Result<OrderPrice, StoreError> {
    let currency = get::<String>(row, "currency")?;
    let coupon = match (get::<Option<_>>(row, "coupon_id")?, get(row, "promo_code")?) {
        (Some(id), Some(code)) => {
            Some(AppliedCoupon { id: CouponId::new(id), code: PromoCode::stored(code) })
        }
        _ => None,
    };
    Ok(OrderPrice {
        subtotal: money(get(row, "lines_total")?, &currency)?,
        discount: money(get(row, "discount_total")?, &currency)?,
        total: money(get(row, "total")?, &currency)?,
        coupon,
    })
}

fn line(row: &Row) -> Result<Line, StoreError> {
    let currency = get::<String>(row, "currency")?;
    Ok(Line {
        id: LineId::new(get(row, "line_id")?),
        product: ProductId::new(get(row, "product_id")?),
        variant: VariantId::new(get(row, "variant_id")?),
        level: get::<Option<_>>(row, "level_id")?.map(StockLevelId::new),
        name: get(row, "name")?,
        sku: get(row, "sku")?,
        quantity: get_count(row, "quantity")?,
        unit_price: money(get(row, "unit_price")?, &currency)?,
        discount: money(get(row, "discount")?, &currency)?,
        shipped: get_count(row, "shipped")?,
    })
}
