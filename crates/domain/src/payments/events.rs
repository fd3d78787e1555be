use serde::{Deserialize, Serialize};

use super::{PaymentId, RefundId};
use crate::{ordering::OrderId, shared::money::Money};

/// An attempt to pay began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequested {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
}

/// The provider works on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPending {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// The customer has to do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentActionRequired {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// Money was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAuthorized {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// The provider said no, or the customer did not come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFailed {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// The attempt was called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCanceled {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// The provider reports another amount than was asked for: a human decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentConflicted {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
}

/// Money was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSucceeded {
    /// The attempt.
    pub payment_id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
    /// How much was taken.
    pub captured: Money,
}

/// Money will go back; the worker asks the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundScheduled {
    /// The refund.
    pub refund_id: RefundId,
    /// The attempt whose money it is.
    pub payment_id: PaymentId,
    /// The order it was for.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
}

/// Money went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundSucceeded {
    /// The refund.
    pub refund_id: RefundId,
    /// The attempt whose money it is.
    pub payment_id: PaymentId,
    /// The order it was for.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
}

/// The provider refused to give money back: a human decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFailed {
    /// The refund.
    pub refund_id: RefundId,
    /// The attempt whose money it is.
    pub payment_id: PaymentId,
    /// The order it was for.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
}
