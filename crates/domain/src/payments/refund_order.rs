use async_trait::async_trait;
use shaku::Interface;

use super::PaymentId;
use crate::{
    ordering::{InvalidTransition, OrderId, OrderView},
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind, StoreError},
        event::Provenance,
        idempotency::{ClaimError, IdempotencyError, IdempotentRequest, Outcome},
        money::{Money, MoneyError},
    },
};

/// Whose money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOf {
    /// That of an order, from whichever of its payments hold it.
    Order(OrderId),
    /// That of one payment.
    Payment(PaymentId),
}

/// Input of [`RefundOrder`].
#[derive(Clone, Debug)]
pub struct RefundOrderCommand {
    /// Who decides; the edge lets in only who may write payments.
    pub actor: Actor,
    /// Whose money.
    pub of: RefundOf,
    /// How much; all that is left when absent.
    pub amount: Option<Money>,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<OrderView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Gives money of a delivered order back.
#[async_trait]
pub trait RefundOrder: Interface {
    /// Schedules the refunds; the worker asks the providers. Never more than is left.
    async fn execute(
        &self,
        command: RefundOrderCommand,
    ) -> Result<Outcome<OrderView>, RefundOrderError>;
}

/// Why nothing goes back. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RefundOrderError {
    /// There is no such order or payment.
    #[error("no such order or payment")]
    NotFound,
    /// The order was not delivered; calling it off gives all back.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// Nothing, less than nothing, or more than is left.
    #[error("{left} are left to give back")]
    Amount {
        /// What may still go back.
        left: Money,
    },
    /// Amounts of two currencies.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClaimError> for RefundOrderError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}

impl Coded for RefundOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition(error) => error.kind(),
            Self::Amount { .. } => ErrorKind::Conflict,
            Self::Money(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "order_not_found",
            Self::Transition(error) => error.code(),
            Self::Amount { .. } => "refund_exceeds_payment",
            Self::Money(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
