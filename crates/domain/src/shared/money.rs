//! Money: whole minor units of one currency, with checked arithmetic. Never a float.

use std::fmt;

use super::error::{Coded, ErrorKind};

/// The largest price or total accepted, in minor units (10^12).
pub const MAX_MINOR_UNITS: i64 = 1_000_000_000_000;

/// A currency of ISO 4217 that has minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an upper-case ISO 4217 code such as `RUB`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for anything that is not a currency with minor units.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some() && currency.code() == code)
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }

    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 2 for `RUB`, 0 for `JPY`, 3 for `KWD`.
    pub fn exponent(self) -> u16 {
        self.0.exponent().unwrap_or(0)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// Reads a decimal string with at most `digits` after the point, as a whole number of the smallest
/// of them.
pub(crate) fn decimal(text: &str, digits: u16) -> Option<i64> {
    let digits = usize::from(digits);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let dangling_point = fraction.is_empty() && text.contains('.');
    let is_decimal = !whole.is_empty() && !dangling_point && fraction.len() <= digits;
    if !is_decimal || !plain(whole) || !plain(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

/// An amount of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// Minor units: cents, kopecks, or whole yen.
    pub minor: i64,
    /// What they are units of.
    pub currency: Currency,
}

impl Money {
    /// An amount from stored minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads a decimal string with at most the currency's own digits, such as `107.99`.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] for signs, exponents, spaces, too many digits after the point or
    /// too large a number.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        decimal(text, currency.exponent())
            .filter(|minor| *minor <= MAX_MINOR_UNITS)
            .map(|minor| Self { minor, currency })
            .ok_or(MoneyError::Malformed)
    }

    /// The sum, when both are of one currency and it does not overflow.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The difference, which may be negative.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The price of `quantity` units.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

/// The decimal form used on the wire: `107.99`, without the currency.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent());
        let sign = if self.minor < 0 { "-" } else { "" };
        let text = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        if digits == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

/// Why an amount was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a currency of ISO 4217 with minor units.
    #[error("not an ISO 4217 currency code")]
    UnknownCurrency,
    /// Not a plain decimal amount in range.
    #[error("not a decimal amount of this currency")]
    Malformed,
    /// Two currencies in one sum.
    #[error("amounts of different currencies cannot be combined")]
    CurrencyMismatch,
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
}

impl Coded for MoneyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownCurrency => "unknown_currency",
            Self::Malformed => "malformed_amount",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::Overflow => "amount_too_large",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyError};

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_survive_the_way_to_the_wire_and_back() {
        for (text, code, minor) in [
            ("107.99", "RUB", 10_799),
            ("0.05", "USD", 5),
            ("7.5", "EUR", 750),
            ("7", "EUR", 700),
            ("500", "JPY", 500),
            ("1.234", "KWD", 1_234),
        ] {
            let money = Money::parse(text, currency(code)).unwrap();
            assert_eq!(money.minor, minor, "{text} {code}");
            assert_eq!(Money::parse(&money.to_string(), currency(code)).unwrap(), money);
        }
        assert_eq!(Money::new(-5, currency("USD")).to_string(), "-0.05");
    }

    #[test]
    fn anything_but_a_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1.001", "10000000000.01"]
        {
            assert_eq!(Money::parse(text, currency("RUB")), Err(MoneyError::Malformed), "{text}");
        }
        for code in ["rub", "XXX", "", "RUBL"] {
            assert_eq!(Currency::parse(code), Err(MoneyError::UnknownCurrency), "{code}");
        }
    }

    #[test]
    fn arithmetic_never_wraps_or_mixes_currencies() {
        let (rub, usd) = (currency("RUB"), currency("USD"));
        let most = Money::new(i64::MAX, rub);
        assert_eq!(most.plus(Money::new(1, rub)), Err(MoneyError::Overflow));
        assert_eq!(most.times(2), Err(MoneyError::Overflow));
        assert_eq!(Money::zero(rub).plus(Money::zero(usd)), Err(MoneyError::CurrencyMismatch));
    }
}
