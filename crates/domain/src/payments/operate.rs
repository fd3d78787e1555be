use async_trait::async_trait;
use shaku::Interface;

use super::{AttemptStatus, OperationKind, PaymentId, PaymentView};
use crate::shared::{
    actor::Actor,
    error::{Coded, ErrorKind, StoreError},
    event::Provenance,
    idempotency::{ClaimError, IdempotencyError, IdempotentRequest, Outcome},
};

/// Input of [`OperatePayment`].
#[derive(Clone, Debug)]
pub struct OperatePaymentCommand {
    /// Who decides; the edge lets in only who may write payments.
    pub actor: Actor,
    /// Which attempt.
    pub payment: PaymentId,
    /// What is done with it.
    pub kind: OperationKind,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<PaymentView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Takes the money an attempt set aside, or ends an attempt before money is taken.
#[async_trait]
pub trait OperatePayment: Interface {
    /// Stores the operation, asks the provider, then stores its answer. When that is lost, the
    /// attempt is answered as it stands and the reconciler goes on. What is done already stays so.
    async fn execute(
        &self,
        command: OperatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, OperatePaymentError>;
}

/// Why nothing was done with an attempt.
#[derive(Debug, thiserror::Error)]
pub enum OperatePaymentError {
    /// There is no such attempt.
    #[error("no such payment")]
    NotFound,
    /// Only money that is set aside can be taken, and only an open attempt be ended.
    #[error("a payment that is {status} cannot take a {kind}")]
    WrongState {
        /// What was wanted.
        kind: OperationKind,
        /// State of the attempt.
        status: AttemptStatus,
    },
    /// The provider refused.
    #[error("refused by the provider")]
    Refused {
        /// Its reason, for the log.
        reason: String,
    },
    /// The provider is not configured any more.
    #[error("no such payment provider")]
    UnknownProvider,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClaimError> for OperatePaymentError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}

impl Coded for OperatePaymentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::WrongState { .. } | Self::Refused { .. } => ErrorKind::Conflict,
            Self::UnknownProvider => ErrorKind::Internal,
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "payment_not_found",
            Self::WrongState { .. } => "payment_wrong_state",
            Self::Refused { .. } => "payment_refused",
            Self::UnknownProvider => "internal",
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
