use super::{MalformedNotice, PaymentView, SignatureError};
use crate::{
    ordering::OrderStatus,
    shared::{
        error::{Coded, ErrorKind, StoreError},
        idempotency::{ClaimError, IdempotencyError},
        money::MoneyError,
    },
};

/// Why no attempt to pay was begun.
#[derive(Debug, thiserror::Error)]
pub enum CreatePaymentError {
    /// There is no such order, or it is somebody else's.
    #[error("no such order")]
    OrderNotFound,
    /// The order does not wait for money.
    #[error("an order that is {status} is not paid for")]
    NotPayable {
        /// State of the order.
        status: OrderStatus,
    },
    /// Another attempt is under way.
    #[error("a payment of this order is under way")]
    AlreadyActive(Box<PaymentView>),
    /// The provider is not configured.
    #[error("no such payment provider")]
    UnknownProvider,
    /// The provider cannot set money aside and take it later.
    #[error("the provider takes money at once only")]
    CaptureUnsupported,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClaimError> for CreatePaymentError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}

impl Coded for CreatePaymentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OrderNotFound => ErrorKind::NotFound,
            Self::NotPayable { .. } | Self::AlreadyActive(_) => ErrorKind::Conflict,
            Self::UnknownProvider | Self::CaptureUnsupported => ErrorKind::Invalid,
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::OrderNotFound => "order_not_found",
            Self::NotPayable { .. } => "order_not_payable",
            Self::AlreadyActive(_) => "payment_active",
            Self::UnknownProvider => "unknown_provider",
            Self::CaptureUnsupported => "capture_unsupported",
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a webhook changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The provider is not configured.
    #[error("no such payment provider")]
    UnknownProvider,
    /// It is not from the provider.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] MalformedNotice),
    /// It is about a payment we do not know.
    #[error("no such payment")]
    UnknownPayment,
    /// The amounts of the order cannot be combined.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for WebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownProvider | Self::UnknownPayment => ErrorKind::NotFound,
            Self::Signature(_) => ErrorKind::Unauthenticated,
            Self::Malformed(_) => ErrorKind::Malformed,
            Self::Money(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownProvider => "unknown_provider",
            Self::UnknownPayment => "payment_not_found",
            Self::Signature(_) => "webhook_signature",
            Self::Malformed(_) => "webhook_malformed",
            Self::Money(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a refund was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteRefundError {
    /// There is no such refund, or its payment is gone.
    #[error("no such refund")]
    NotFound,
    /// The provider is not configured any more.
    #[error("no such payment provider")]
    UnknownProvider,
    /// Nobody knows whether the money went back; ask again under the same key.
    #[error(transparent)]
    Gateway(#[from] super::GatewayError),
    /// The amounts of the order cannot be combined.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
