use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    AppliedCoupon, Coupon, CouponId, CouponTerms, Discount, Order, PromoCode, TermsRefused,
};
use crate::{
    identity::UserId,
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind, StoreError},
        event::Provenance,
        idempotency::{ClaimError, IdempotencyError, IdempotentRequest, Outcome},
        money::Money,
        page::{Page, Window},
    },
};

// Driving side.

/// Input of [`CreateCoupon`].
#[derive(Clone, Debug)]
pub struct CreateCouponCommand {
    /// Who makes it; the edge lets in only who may write orders.
    pub actor: Actor,
    /// What customers type.
    pub code: PromoCode,
    /// What it takes off, when, and for how many.
    pub terms: CouponTerms,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<Coupon>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Makes coupons.
#[async_trait]
pub trait CreateCoupon: Interface {
    /// Stores a coupon under a code no other has.
    async fn execute(
        &self,
        command: CreateCouponCommand,
    ) -> Result<Outcome<Coupon>, WriteCouponError>;
}

/// What of a coupon's terms changes; an absent field does not, and `Some(None)` clears one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CouponChange {
    /// What is taken off.
    pub discount: Option<Discount>,
    /// The smallest subtotal.
    pub minimum: Option<Option<Money>>,
    /// From when on.
    pub starts_at: Option<Option<OffsetDateTime>>,
    /// Until when.
    pub ends_at: Option<Option<OffsetDateTime>>,
    /// Orders it may be taken for.
    pub total_limit: Option<Option<u32>>,
    /// Orders of one customer.
    pub user_limit: Option<Option<u32>>,
    /// Whether it is taken at all.
    pub is_active: Option<bool>,
}

impl CouponChange {
    /// `terms` with what changes.
    #[must_use]
    pub fn over(self, terms: CouponTerms) -> CouponTerms {
        CouponTerms {
            discount: self.discount.unwrap_or(terms.discount),
            minimum: self.minimum.unwrap_or(terms.minimum),
            starts_at: self.starts_at.unwrap_or(terms.starts_at),
            ends_at: self.ends_at.unwrap_or(terms.ends_at),
            total_limit: self.total_limit.unwrap_or(terms.total_limit),
            user_limit: self.user_limit.unwrap_or(terms.user_limit),
            is_active: self.is_active.unwrap_or(terms.is_active),
        }
    }
}

/// Input of [`EditCoupon`].
#[derive(Clone, Debug)]
pub struct EditCouponCommand {
    /// Who does it; the edge lets in only who may write orders.
    pub actor: Actor,
    /// Which coupon.
    pub coupon: CouponId,
    /// What changes.
    pub change: CouponChange,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes the terms of coupons.
#[async_trait]
pub trait EditCoupon: Interface {
    /// Orders that have the coupon keep their price.
    async fn execute(&self, command: EditCouponCommand) -> Result<Coupon, WriteCouponError>;
}

/// Why a coupon was not made or changed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteCouponError {
    /// There is no such coupon.
    #[error("no such promo code")]
    NotFound,
    /// Another coupon has the code.
    #[error("another coupon has this code")]
    CodeTaken,
    /// The terms make no coupon.
    #[error(transparent)]
    Terms(#[from] TermsRefused),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClaimError> for WriteCouponError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}

impl Coded for WriteCouponError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::CodeTaken => ErrorKind::Conflict,
            Self::Terms(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "promo_code_not_found",
            Self::CodeTaken => "promo_code_taken",
            Self::Terms(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

// Driven side.

/// Coupons inside one unit of work. A coupon is locked after the order and the stock.
#[async_trait]
pub trait CouponRepository: Send {
    /// Stores a new coupon.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] by `uq_coupons_code`.
    async fn insert(&mut self, coupon: &Coupon) -> Result<(), StoreError>;

    /// The coupon.
    async fn find(&mut self, id: CouponId) -> Result<Option<Coupon>, StoreError>;

    /// Stores the terms of a coupon, on the condition that they still admit the orders that have it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or used it meanwhile.
    async fn update(&mut self, coupon: &Coupon) -> Result<(), StoreError>;

    /// Takes one use of the coupon for an order of `customer` that is about to be inserted, which
    /// stores the redemption. `false` when its terms are not those of `coupon` any more, or it or
    /// the customer's share of it is used up: the unit of work must not be committed then.
    async fn redeem(&mut self, coupon: &Coupon, customer: UserId) -> Result<bool, StoreError>;

    /// Gives back what `order` took of its coupon, if it has one and still holds it.
    async fn release(&mut self, order: &Order, now: OffsetDateTime) -> Result<(), StoreError>;

    /// Takes what `order` gave back of its coupon again, unless the coupon is used up: the order
    /// keeps its price either way, because it was paid.
    async fn take_again(&mut self, order: &Order) -> Result<(), StoreError>;
}

/// A coupon with what one customer has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponInHand {
    /// The coupon.
    pub coupon: Coupon,
    /// Orders of the customer that have it.
    pub used_by_customer: u32,
}

impl CouponInHand {
    /// What the order notes of it.
    pub fn applied(&self) -> AppliedCoupon {
        AppliedCoupon { id: self.coupon.id, code: self.coupon.code.clone() }
    }
}

/// Reads of coupons, straight from the database.
#[async_trait]
pub trait CouponReads: Interface {
    /// The coupon with this code and what `customer` has of it, in one statement.
    async fn in_hand(
        &self,
        code: &PromoCode,
        customer: UserId,
    ) -> Result<Option<CouponInHand>, StoreError>;
    /// One coupon, in one statement.
    async fn coupon(&self, id: CouponId) -> Result<Option<Coupon>, StoreError>;
    /// Coupons, newest first: one statement, and one for the total.
    async fn coupons(&self, window: Window) -> Result<Page<Coupon>, StoreError>;
}
