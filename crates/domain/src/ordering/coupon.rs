use std::fmt;

use time::OffsetDateTime;

use crate::{
    shared::{
        error::{Coded, ErrorKind},
        money::{Currency, Money, MoneyError, decimal},
    },
    typed_id,
};

typed_id!(
    /// Identity of a coupon.
    CouponId
);

/// Basis points of a whole: 100.00 %.
const WHOLE: u32 = 10_000;

/// What customers type to pay less: 3 to 40 letters, digits, `-` and `_`, told apart without regard
/// to case and shown in capitals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromoCode(String);

impl PromoCode {
    /// Reads a code as a person typed it; `None` when no code looks like that.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (3..=40).contains(&text.len());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (fits && text.bytes().all(plain)).then(|| Self(text.to_ascii_uppercase()))
    }

    /// A code read back from the store.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PromoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is taken off of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// A part of the subtotal, in basis points (hundredths of a percent), 1..=10000.
    Percent(u32),
    /// An amount, but never more than the subtotal.
    Amount(Money),
}

impl Discount {
    /// Reads a percentage with at most two digits after the point, such as `12.5`.
    pub fn percent(text: &str) -> Option<Self> {
        let points = u32::try_from(decimal(text, 2)?).ok()?;
        (1..=WHOLE).contains(&points).then_some(Self::Percent(points))
    }

    /// What is taken off of `subtotal`: never more than it. A part of a minor unit is rounded half
    /// up.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] for an amount of another currency.
    pub fn of(self, subtotal: Money) -> Result<Money, MoneyError> {
        let minor = match self {
            Self::Percent(points) => {
                let points = i128::from(points.min(WHOLE));
                let exact = i128::from(subtotal.minor) * points;
                let rounded = (exact + i128::from(WHOLE / 2)) / i128::from(WHOLE);
                i64::try_from(rounded).map_err(|_lossy| MoneyError::Overflow)?
            }
            Self::Amount(amount) if amount.currency != subtotal.currency => {
                return Err(MoneyError::CurrencyMismatch);
            }
            Self::Amount(amount) => amount.minor,
        };
        Ok(Money::new(minor.min(subtotal.minor), subtotal.currency))
    }
}

/// What a coupon takes off, when, and for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CouponTerms {
    /// What is taken off.
    pub discount: Discount,
    /// The smallest subtotal it is taken for.
    pub minimum: Option<Money>,
    /// From when on; at once when `None`.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when, not included; for ever when `None`.
    pub ends_at: Option<OffsetDateTime>,
    /// Orders it may be taken for; any number when `None`.
    pub total_limit: Option<u32>,
    /// Orders of one customer it may be taken for; any number when `None`.
    pub user_limit: Option<u32>,
    /// Whether it is taken at all.
    pub is_active: bool,
}

impl CouponTerms {
    /// The only currency it is for; `None` for any.
    pub fn currency(&self) -> Option<Currency> {
        match (self.discount, self.minimum) {
            (Discount::Amount(amount), _) => Some(amount.currency),
            (Discount::Percent(_), minimum) => minimum.map(|minimum| minimum.currency),
        }
    }

    fn check(&self) -> Result<(), TermsRefused> {
        match self.discount {
            Discount::Percent(points) if points == 0 || points > WHOLE => {
                return Err(TermsRefused::Percent);
            }
            Discount::Amount(amount) if amount.minor <= 0 => return Err(TermsRefused::Amount),
            _ => {}
        }
        if self.minimum.is_some_and(|minimum| minimum.minor < 0) {
            return Err(TermsRefused::Minimum);
        }
        if self
            .minimum
            .map(|minimum| minimum.currency)
            .is_some_and(|of| Some(of) != self.currency())
        {
            return Err(TermsRefused::Minimum);
        }
        if matches!((self.starts_at, self.ends_at), (Some(from), Some(until)) if from >= until) {
            return Err(TermsRefused::Window);
        }
        if self.total_limit == Some(0) || self.user_limit == Some(0) {
            return Err(TermsRefused::Limit);
        }
        Ok(())
    }
}

/// Lets customers who know its code pay less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// Identity.
    pub id: CouponId,
    /// What customers type.
    pub code: PromoCode,
    /// What it takes off, when, and for how many.
    pub terms: CouponTerms,
    /// Orders that have it: its redemptions that were not released.
    pub used: u32,
    /// Grows by one with each change of the terms; being used does not change them.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When its terms last changed.
    pub updated_at: OffsetDateTime,
}

impl Coupon {
    /// Makes a coupon that nobody has used.
    ///
    /// # Errors
    /// [`TermsRefused`].
    pub fn create(
        id: CouponId,
        code: PromoCode,
        terms: CouponTerms,
        now: OffsetDateTime,
    ) -> Result<Self, TermsRefused> {
        terms.check()?;
        Ok(Self { id, code, terms, used: 0, version: 1, created_at: now, updated_at: now })
    }

    /// Changes the terms for whoever uses it from now on. Orders that have it keep their price.
    ///
    /// # Errors
    /// [`TermsRefused`]; [`TermsRefused::Used`] when more orders have it than it would be for.
    pub fn edit(&mut self, terms: CouponTerms, now: OffsetDateTime) -> Result<(), TermsRefused> {
        terms.check()?;
        if terms.total_limit.is_some_and(|limit| limit < self.used) {
            return Err(TermsRefused::Used { used: self.used });
        }
        if terms != self.terms {
            self.terms = terms;
            self.version += 1;
            self.updated_at = now;
        }
        Ok(())
    }

    /// Whether an order with this `subtotal` may have it at `now`, placed by a customer with
    /// `used_by_customer` orders that have it.
    ///
    /// # Errors
    /// [`CouponRefused`].
    pub fn admit(
        &self,
        subtotal: Money,
        now: OffsetDateTime,
        used_by_customer: u32,
    ) -> Result<(), CouponRefused> {
        let terms = &self.terms;
        if !terms.is_active {
            return Err(CouponRefused::Inactive);
        }
        if terms.starts_at.is_some_and(|from| now < from) {
            return Err(CouponRefused::NotStarted);
        }
        if terms.ends_at.is_some_and(|until| now >= until) {
            return Err(CouponRefused::Expired);
        }
        if terms.currency().is_some_and(|currency| currency != subtotal.currency) {
            return Err(CouponRefused::Currency);
        }
        if let Some(minimum) = terms.minimum.filter(|minimum| subtotal.minor < minimum.minor) {
            return Err(CouponRefused::Minimum { minimum });
        }
        if terms.total_limit.is_some_and(|limit| self.used >= limit) {
            return Err(CouponRefused::Exhausted);
        }
        if terms.user_limit.is_some_and(|limit| used_by_customer >= limit) {
            return Err(CouponRefused::UsedUp);
        }
        Ok(())
    }
}

/// The coupon an order has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedCoupon {
    /// Which coupon.
    pub id: CouponId,
    /// Its code when the order was placed.
    pub code: PromoCode,
}

/// Why terms make no coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsRefused {
    /// Not 0.01 to 100 percent.
    #[error("0.01 to 100 percent are wanted")]
    Percent,
    /// Not more than nothing.
    #[error("an amount above zero is wanted")]
    Amount,
    /// Negative, or of another currency than the amount.
    #[error("a minimum in the currency of the amount is wanted")]
    Minimum,
    /// It would end before it starts.
    #[error("it has to start before it ends")]
    Window,
    /// For nobody.
    #[error("a limit is at least 1")]
    Limit,
    /// More orders have it than it would be for.
    #[error("{used} orders have it already")]
    Used {
        /// Orders that have it.
        used: u32,
    },
}

impl Coded for TermsRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Used { .. } => ErrorKind::Conflict,
            _ => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Percent => "promo_code_percent",
            Self::Amount => "promo_code_amount",
            Self::Minimum => "promo_code_minimum_invalid",
            Self::Window => "promo_code_window",
            Self::Limit => "promo_code_limit",
            Self::Used { .. } => "promo_code_limit_below_used",
        }
    }
}

/// Why an order does not get a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CouponRefused {
    /// No coupon has this code.
    #[error("no such promo code")]
    Unknown,
    /// It was taken out of use.
    #[error("the promo code is not in use")]
    Inactive,
    /// It is for later.
    #[error("the promo code is not in use yet")]
    NotStarted,
    /// Its time is over.
    #[error("the promo code has expired")]
    Expired,
    /// As many orders have it as it is for.
    #[error("the promo code is used up")]
    Exhausted,
    /// Others took the last use, or its terms changed, while the order was placed.
    #[error("the promo code changed meanwhile")]
    Changed,
    /// This customer has as many orders with it as it is for.
    #[error("you have used the promo code as often as it is for")]
    UsedUp,
    /// The order is in another currency.
    #[error("the promo code is for another currency")]
    Currency,
    /// The order is too small.
    #[error("the promo code is for orders of at least {minimum}")]
    Minimum {
        /// The smallest subtotal it is for.
        minimum: Money,
    },
}

impl Coded for CouponRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Currency | Self::Minimum { .. } => ErrorKind::Invalid,
            _ => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "promo_code_not_found",
            Self::Inactive => "promo_code_inactive",
            Self::NotStarted => "promo_code_not_started",
            Self::Expired => "promo_code_expired",
            Self::Exhausted => "promo_code_exhausted",
            Self::Changed => "promo_code_changed",
            Self::UsedUp => "promo_code_used_up",
            Self::Currency => "promo_code_currency",
            Self::Minimum { .. } => "promo_code_minimum",
        }
    }
}
