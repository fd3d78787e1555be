use serde::{Deserialize, Serialize};

use super::{LineId, OrderId, PaymentStatus};
use crate::{identity::UserId, shared::money::Money};

/// An order was placed and its stock reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
    /// What it costs.
    pub total: Money,
}

/// The money covers the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaid {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
    /// What it costs.
    pub total: Money,
}

/// A pending order is for other things than before, or goes elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEdited {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
    /// What it costs now.
    pub total: Money,
}

/// The money of an order changed without moving the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaymentChanged {
    /// The order.
    pub order_id: OrderId,
    /// What became of the money.
    pub payment_status: PaymentStatus,
}

/// An order was called off and its stock given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
}

/// Nobody paid in time; the stock was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderExpired {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
}

/// Money came after the order was closed, the stock was still there, and the order is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReinstated {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
    /// What it costs.
    pub total: Money,
}

/// Packing began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStarted {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
}

/// Units of one line that left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    /// The line.
    pub line_id: LineId,
    /// Units, at least 1.
    pub quantity: u32,
}

/// Goods left the building.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShipped {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
    /// What left this time.
    pub lines: Vec<ShippedLine>,
    /// Whether nothing is left to ship.
    pub is_complete: bool,
}

/// The goods arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDelivered {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
}

/// The order is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCompleted {
    /// The order.
    pub order_id: OrderId,
    /// Who bought.
    pub user_id: UserId,
}
