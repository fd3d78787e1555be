use super::{CouponRefused, OrderCommand, OrderStatus};
use crate::{
    inventory::Shortage,
    shared::{
        error::{Coded, ErrorKind, StoreError},
        id::RawId,
        idempotency::{ClaimError, IdempotencyError},
        money::MoneyError,
    },
};

/// The state of an order refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} does not take {command}")]
pub struct InvalidTransition {
    /// State of the order.
    pub from: OrderStatus,
    /// What was asked of it.
    pub command: OrderCommand,
}

impl Coded for InvalidTransition {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }

    fn code(&self) -> &'static str {
        "invalid_transition"
    }
}

/// Why an order was not placed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// No line, or more than [`super::MAX_LINES`].
    #[error("an order has 1 to 100 lines")]
    LineCount,
    /// A quantity outside 1..=[`super::MAX_QUANTITY`].
    #[error("a quantity is 1 to 1000")]
    Quantity {
        /// Position of the line, from 0.
        line: usize,
    },
    /// There is no such product or variant.
    #[error("line {line} names an unknown product")]
    UnknownProduct {
        /// Position of the line, from 0.
        line: usize,
        /// What was named.
        id: RawId,
    },
    /// The product is not sold now.
    #[error("line {line} names a product that is not sold")]
    NotSold {
        /// Position of the line, from 0.
        line: usize,
        /// What was named.
        id: RawId,
    },
    /// The product has no price in the currency of the order.
    #[error("line {line} has no price in this currency")]
    NoPrice {
        /// Position of the line, from 0.
        line: usize,
        /// What was named.
        id: RawId,
    },
    /// Fewer units are left than are wanted.
    #[error("not enough stock")]
    OutOfStock(Vec<Shortage>),
    /// The order does not get the coupon.
    #[error(transparent)]
    Coupon(#[from] CouponRefused),
    /// The total cannot be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClaimError> for PlaceOrderError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}

impl Coded for PlaceOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::LineCount | Self::Quantity { .. } | Self::NoPrice { .. } => ErrorKind::Invalid,
            Self::UnknownProduct { .. } => ErrorKind::NotFound,
            Self::NotSold { .. } | Self::OutOfStock(_) => ErrorKind::Conflict,
            Self::Coupon(error) => error.kind(),
            Self::Money(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::LineCount => "order_line_count",
            Self::Quantity { .. } => "order_quantity",
            Self::UnknownProduct { .. } => "product_not_found",
            Self::NotSold { .. } => "product_not_sold",
            Self::NoPrice { .. } => "product_no_price",
            Self::OutOfStock(_) => "out_of_stock",
            Self::Coupon(error) => error.code(),
            Self::Money(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Why an order was not cancelled. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CancelOrderError {
    /// There is none, or it is somebody else's.
    #[error("no such order")]
    NotFound,
    /// The order is too far along.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for CancelOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "order_not_found",
            Self::Transition(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
