//! Between rows and the domain's own types.

use domain::shared::{
    error::StoreError,
    money::{Currency, Money},
};
use sea_orm::TryGetable;
use time::OffsetDateTime;

use crate::{error::store_error, sql::Row};

pub(crate) fn get<T: TryGetable>(row: &Row, column: &str) -> Result<T, StoreError> {
    row.try_get("", column).map_err(store_error)
}

/// A column that is never negative.
pub(crate) fn get_count<T: TryFrom<i64>>(row: &Row, column: &str) -> Result<T, StoreError> {
    let stored: i64 = get(row, column)?;
    T::try_from(stored).map_err(|_lossy| corrupt(column, &stored))
}

pub(crate) fn get_time(row: &Row, column: &str) -> Result<OffsetDateTime, StoreError> {
    time(get(row, column)?)
}

pub(crate) fn get_optional_time(
    row: &Row,
    column: &str,
) -> Result<Option<OffsetDateTime>, StoreError> {
    get::<Option<i64>>(row, column)?.map(time).transpose()
}

/// A text column that holds one of the domain's spellings; `parse` is `X::parse`.
pub(crate) fn get_enum<T>(
    row: &Row,
    column: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let stored: String = get(row, column)?;
    parse(&stored).ok_or_else(|| corrupt(column, &stored))
}

pub(crate) fn money(minor: i64, code: &str) -> Result<Money, StoreError> {
    Ok(Money::new(minor, currency(code)?))
}

pub(crate) fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).map_err(|error| StoreError::Corrupt(format!("currency {code}: {error}")))
}

/// Microseconds since the Unix epoch, as every time is stored.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1_000_000 + i64::from(at.microsecond())
}

pub(crate) fn time(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|_out_of_range| corrupt("time", &micros))
}

fn corrupt(column: &str, stored: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{column} holds {stored}"))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{micros, time};

    #[test]
    fn times_survive_the_way_to_a_column_and_back() {
        for at in [
            datetime!(2026-11-20 12:00:00.123456 UTC),
            datetime!(1970-01-01 0:00 UTC),
            datetime!(1969-12-31 23:59:59.999999 UTC),
            datetime!(9999-12-31 23:59:59.999999 UTC),
        ] {
            assert_eq!(time(micros(at)).unwrap(), at);
        }
        assert!(time(i64::MAX).is_err());
    }
}
