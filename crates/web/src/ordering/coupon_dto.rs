use domain::{
    ordering::{Coupon, CouponChange, CouponTerms, Discount},
    shared::{
        money::{Currency, Money, MoneyError},
        page::Page,
    },
};
use serde::{Deserialize, Deserializer, Serialize};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{clearable, is_decimal, present, present_whole_number},
};

/// Bytes of a percentage at most.
const LONGEST_PERCENT: usize = 6;

/// A promo code that is wanted: exactly one of `percent` and `amount`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatePromoCodeRequest {
    /// What customers type: letters, digits, `-` and `_`, whatever their case.
    #[schema(
        pattern = "^[A-Za-z0-9_-]{3,40}$",
        min_length = 3,
        max_length = 40,
        example = "TEA-10"
    )]
    code: String,
    /// Percent of the order, with at most two digits after the point.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = r"^0*(100(\.00?)?|[1-9][0-9]?(\.[0-9]{1,2})?)$|^0+\.(0[1-9]|[1-9][0-9]?)$",
        max_length = 6,
        example = "10"
    )]
    percent: Option<String>,
    /// Amount, in decimal form; never more than the order.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = r"^[0-9]*[1-9][0-9]*(\.[0-9]+)?$|^[0-9]+\.[0-9]*[1-9][0-9]*$",
        max_length = 20
    )]
    amount: Option<String>,
    /// ISO 4217 code of `amount` and `minimum`, and of the orders it is for.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    currency: Option<String>,
    /// The smallest order it is for, before anything is taken off.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "1000.00")]
    minimum: Option<Option<String>>,
    /// From when on; at once when null.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    starts_at: Option<Option<String>>,
    /// Until when, not included; for ever when null.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    ends_at: Option<Option<String>>,
    /// Orders it is for; any number when null.
    #[serde(default, deserialize_with = "clearable_whole_number")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000, format = Int64, example = 100)]
    total_limit: Option<Option<u32>>,
    /// Orders of one customer it is for; any number when null.
    #[serde(default, deserialize_with = "clearable_whole_number")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000, format = Int64, example = 1)]
    user_limit: Option<Option<u32>>,
    /// Whether it is taken; a new one is.
    #[serde(default, deserialize_with = "present")]
    is_active: Option<bool>,
}

/// What is to change about a promo code; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditPromoCodeRequest {
    /// Percent of the order from now on.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = r"^0*(100(\.00?)?|[1-9][0-9]?(\.[0-9]{1,2})?)$|^0+\.(0[1-9]|[1-9][0-9]?)$",
        max_length = 6,
        example = "10"
    )]
    percent: Option<String>,
    /// Amount from now on, in decimal form.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = r"^[0-9]*[1-9][0-9]*(\.[0-9]+)?$|^[0-9]+\.[0-9]*[1-9][0-9]*$",
        max_length = 20
    )]
    amount: Option<String>,
    /// ISO 4217 code of `amount` and `minimum`, wherever one of them is given.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    currency: Option<String>,
    /// The smallest order it is for; null for any.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "1000.00")]
    minimum: Option<Option<String>>,
    /// From when on; null for at once.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    starts_at: Option<Option<String>>,
    /// Until when, not included; null for ever.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    ends_at: Option<Option<String>>,
    /// Orders it is for; null for any number.
    #[serde(default, deserialize_with = "clearable_whole_number")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000, format = Int64, example = 100)]
    total_limit: Option<Option<u32>>,
    /// Orders of one customer it is for; null for any number.
    #[serde(default, deserialize_with = "clearable_whole_number")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000, format = Int64, example = 1)]
    user_limit: Option<Option<u32>>,
    /// Whether it is taken.
    #[serde(default, deserialize_with = "present")]
    is_active: Option<bool>,
}

fn clearable_whole_number<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<u32>>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "present_whole_number")] u32);
    Ok(Some(Option::<Number>::deserialize(from)?.map(|Number(number)| number)))
}

impl CreatePromoCodeRequest {
    /// What customers type.
    ///
    /// # Errors
    /// 422 when no code looks like that.
    pub(crate) fn code(&self) -> Result<domain::ordering::PromoCode, ApiError> {
        let detail = "3 to 40 letters, digits, - and _ are wanted";
        domain::ordering::PromoCode::parse(&self.code)
            .ok_or_else(|| ApiError::invalid_body("/code", "pattern", detail))
    }

    /// What it takes off, when, and for how many.
    ///
    /// # Errors
    /// 422 for a field that cannot be read.
    pub(crate) fn terms(&self) -> Result<CouponTerms, ApiError> {
        let currency = currency(self.currency.as_deref())?;
        let discount = discount(self.percent.as_deref(), self.amount.as_deref(), currency)?;
        let detail = "exactly one of percent and amount is wanted";
        Ok(CouponTerms {
            discount: discount.ok_or_else(|| ApiError::invalid_body("", "required", detail))?,
            minimum: minimum(self.minimum.as_ref(), currency)?.flatten(),
            starts_at: moment("/starts_at", self.starts_at.as_ref())?.flatten(),
            ends_at: moment("/ends_at", self.ends_at.as_ref())?.flatten(),
            total_limit: limit("/total_limit", self.total_limit)?.flatten(),
            user_limit: limit("/user_limit", self.user_limit)?.flatten(),
            is_active: self.is_active.unwrap_or(true),
        })
    }
}

impl EditPromoCodeRequest {
    /// What changes.
    ///
    /// # Errors
    /// 422 for a field that cannot be read.
    pub(crate) fn change(&self) -> Result<CouponChange, ApiError> {
        let currency = currency(self.currency.as_deref())?;
        Ok(CouponChange {
            discount: discount(self.percent.as_deref(), self.amount.as_deref(), currency)?,
            minimum: minimum(self.minimum.as_ref(), currency)?,
            starts_at: moment("/starts_at", self.starts_at.as_ref())?,
            ends_at: moment("/ends_at", self.ends_at.as_ref())?,
            total_limit: limit("/total_limit", self.total_limit)?,
            user_limit: limit("/user_limit", self.user_limit)?,
            is_active: self.is_active,
        })
    }
}

fn currency(code: Option<&str>) -> Result<Option<Currency>, ApiError> {
    let Some(code) = code else { return Ok(None) };
    Currency::parse(code).map(Some).map_err(|error| {
        let detail = error.to_string();
        ApiError::from(error).at("/currency", "unknown_currency", detail)
    })
}

fn discount(
    percent: Option<&str>,
    amount: Option<&str>,
    currency: Option<Currency>,
) -> Result<Option<Discount>, ApiError> {
    match (percent, amount) {
        (None, None) => Ok(None),
        (Some(text), None) => {
            let detail = "0.01 to 100 percent are wanted";
            let read = Discount::percent(text).filter(|_| text.len() <= LONGEST_PERCENT);
            read.map(Some).ok_or_else(|| ApiError::invalid_body("/percent", "range", detail))
        }
        (None, Some(text)) => Ok(Some(Discount::Amount(money("/amount", text, currency)?))),
        (Some(_), Some(_)) => {
            let detail = "exactly one of percent and amount is wanted";
            Err(ApiError::invalid_body("/amount", "exclusive", detail))
        }
    }
}

fn money(pointer: &str, text: &str, currency: Option<Currency>) -> Result<Money, ApiError> {
    let detail = "an amount needs its currency";
    let currency =
        currency.ok_or_else(|| ApiError::invalid_body("/currency", "required", detail))?;
    let parsed =
        if is_decimal(text) { Money::parse(text, currency) } else { Err(MoneyError::Malformed) };
    parsed.map_err(|error| {
        let detail = error.to_string();
        ApiError::from(error).at(pointer, "malformed_amount", detail)
    })
}

fn minimum(
    text: Option<&Option<String>>,
    currency: Option<Currency>,
) -> Result<Option<Option<Money>>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let read = |text: &String| money("/minimum", text, currency);
    Ok(Some(text.as_ref().map(read).transpose()?))
}

/// A moment in UTC, to the microsecond, as every store keeps it.
fn moment(
    pointer: &str,
    text: Option<&Option<String>>,
) -> Result<Option<Option<OffsetDateTime>>, ApiError> {
    let read = |text: &String| {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
            .and_then(|at| at.replace_microsecond(at.microsecond()).ok())
            .ok_or_else(|| {
                let detail = "a time such as 2026-11-20T12:00:00Z is wanted";
                ApiError::invalid_body(pointer, "format", detail)
            })
    };
    let Some(text) = text else { return Ok(None) };
    Ok(Some(text.as_ref().map(read).transpose()?))
}

fn limit(pointer: &str, wanted: Option<Option<u32>>) -> Result<Option<Option<u32>>, ApiError> {
    match wanted {
        Some(Some(0 | 1_000_000_001..)) => {
            Err(ApiError::invalid_body(pointer, "range", "1 to 1000000000 is wanted"))
        }
        wanted => Ok(wanted),
    }
}

/// Lets customers who know the code pay less.
#[derive(Serialize, ToSchema)]
pub(crate) struct PromoCode {
    /// Identity.
    id: Uuid,
    /// What customers type, in capitals.
    #[schema(example = "TEA-10")]
    code: String,
    /// Percent of the order; null when it is an amount.
    #[schema(example = "10.00")]
    percent: Option<String>,
    /// Amount, in decimal form; null when it is a percentage.
    amount: Option<String>,
    /// ISO 4217 code of the orders it is for; null for any.
    #[schema(example = "RUB")]
    currency: Option<&'static str>,
    /// The smallest order it is for.
    #[schema(example = "1000.00")]
    minimum: Option<String>,
    /// From when on.
    #[serde(with = "time::serde::rfc3339::option")]
    starts_at: Option<OffsetDateTime>,
    /// Until when, not included.
    #[serde(with = "time::serde::rfc3339::option")]
    ends_at: Option<OffsetDateTime>,
    /// Orders it is for; null for any number.
    #[schema(minimum = 1, format = Int64, example = 100)]
    total_limit: Option<u32>,
    /// Orders of one customer it is for; null for any number.
    #[schema(minimum = 1, format = Int64, example = 1)]
    user_limit: Option<u32>,
    /// Orders that have it.
    #[schema(minimum = 0, format = Int64, example = 7)]
    used: u32,
    /// Whether it is taken.
    is_active: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it last changed; being used does not change it.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl From<&Coupon> for PromoCode {
    fn from(coupon: &Coupon) -> Self {
        let terms = &coupon.terms;
        let (percent, amount) = match terms.discount {
            Discount::Percent(points) => {
                (Some(format!("{}.{:02}", points / 100, points % 100)), None)
            }
            Discount::Amount(amount) => (None, Some(amount.to_string())),
        };
        Self {
            id: coupon.id.raw(),
            code: coupon.code.to_string(),
            percent,
            amount,
            currency: terms.currency().map(Currency::code),
            minimum: terms.minimum.map(|minimum| minimum.to_string()),
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            total_limit: terms.total_limit,
            user_limit: terms.user_limit,
            used: coupon.used,
            is_active: terms.is_active,
            created_at: coupon.created_at,
            updated_at: coupon.updated_at,
        }
    }
}

/// Promo codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct PromoCodePage {
    /// The rows.
    items: Vec<PromoCode>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    total: Option<u64>,
    /// Continues the list; null at its end.
    next_cursor: Option<String>,
}

impl From<Page<Coupon>> for PromoCodePage {
    fn from(page: Page<Coupon>) -> Self {
        Self {
            items: page.items.iter().map(PromoCode::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
