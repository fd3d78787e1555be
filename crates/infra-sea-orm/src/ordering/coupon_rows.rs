//! Between coupons and their rows.

use domain::{
    ordering::{Coupon, CouponId, CouponTerms, Discount, Order, PromoCode},
    shared::error::StoreError,
};
use sea_orm::Value;

use crate::{
    row::{get, get_count, get_optional_time, get_time, micros, money},
    sql::Row,
    sql_list::{Rows, values},
};

/// Columns of a coupon `c`.
macro_rules! coupon_columns {
    () => {
        "c.id, c.code, c.percent, c.amount, c.minimum, c.currency, c.starts_at, c.ends_at, \
         c.total_limit, c.user_limit, c.is_active, c.used, c.version, c.created_at, c.updated_at"
    };
}
pub(super) use coupon_columns;

/// What is stored of the terms, in the order of their columns.
pub(super) fn terms(terms: &CouponTerms) -> [Value; 9] {
    let (percent, amount) = match terms.discount {
        Discount::Percent(points) => (Some(i64::from(points)), None),
        Discount::Amount(amount) => (None, Some(amount.minor)),
    };
    values![
        percent,
        amount,
        terms.minimum.map(|minimum| minimum.minor),
        terms.currency().map(domain::shared::money::Currency::code),
        terms.starts_at.map(micros),
        terms.ends_at.map(micros),
        terms.total_limit.map(i64::from),
        terms.user_limit.map(i64::from),
        terms.is_active,
    ]
}

pub(super) fn coupon(row: &Row) -> Result<Coupon, StoreError> {
    let currency = get::<Option<String>>(row, "currency")?.unwrap_or_default();
    let amount = |column| {
        let minor: Option<i64> = get(row, column)?;
        minor.map(|minor| money(minor, &currency)).transpose()
    };
    let discount = match (get::<Option<i64>>(row, "percent")?, amount("amount")?) {
        (_, Some(amount)) => Discount::Amount(amount),
        (Some(_), None) => Discount::Percent(get_count(row, "percent")?),
        (None, None) => return Err(StoreError::Corrupt("a coupon takes nothing off".into())),
    };
    Ok(Coupon {
        id: CouponId::new(get(row, "id")?),
        code: PromoCode::stored(get(row, "code")?),
        terms: CouponTerms {
            discount,
            minimum: amount("minimum")?,
            starts_at: get_optional_time(row, "starts_at")?,
            ends_at: get_optional_time(row, "ends_at")?,
            total_limit: limit(row, "total_limit")?,
            user_limit: limit(row, "user_limit")?,
            is_active: get(row, "is_active")?,
        },
        used: get_count(row, "used")?,
        version: get(row, "version")?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

fn limit(row: &Row, column: &str) -> Result<Option<u32>, StoreError> {
    let stored: Option<i64> = get(row, column)?;
    stored.map(|_| get_count(row, column)).transpose()
}

/// What a new order has of its coupon.
pub(super) fn redemption(order: &Order) -> Rows {
    let row = order.price().coupon.as_ref().map(|coupon| {
        values![
            order.id().raw(),
            coupon.id.raw(),
            order.customer().raw(),
            micros(order.created_at()),
        ]
    });
    Rows::new(INSERT_REDEMPTION, row)
}

const INSERT_REDEMPTION: &str =
    "INSERT INTO coupon_redemptions (order_id, coupon_id, user_id, created_at)";
