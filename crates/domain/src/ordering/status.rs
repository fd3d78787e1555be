use crate::text_enum;

text_enum!(
    /// How far along an order is.
    OrderStatus {
        /// Waits for money; its stock is reserved.
        Pending = "pending",
        /// The money is there.
        Paid = "paid",
        /// Being packed.
        Processing = "processing",
        /// Some of it is on the way.
        PartiallyShipped = "partially_shipped",
        /// All of it is on the way.
        Shipped = "shipped",
        /// It arrived.
        Delivered = "delivered",
        /// Nothing more will happen.
        Completed = "completed",
        /// Called off.
        Cancelled = "cancelled",
        /// Nobody paid in time.
        Expired = "expired",
    }
);

text_enum!(
    /// What has become of the money of an order: the fold of all facts of all its payments.
    PaymentStatus {
        /// No money yet.
        None = "none",
        /// Set aside, not taken.
        Authorized = "authorized",
        /// Some of the total was taken.
        PartiallyPaid = "partially_paid",
        /// The total was taken.
        Paid = "paid",
        /// Some of what was taken went back.
        PartiallyRefunded = "partially_refunded",
        /// All that was taken went back.
        Refunded = "refunded",
        /// More than the total was taken.
        Overpaid = "overpaid",
        /// What was set aside was let go.
        Voided = "voided",
        /// The customer's bank disputes it.
        Disputed = "disputed",
    }
);

text_enum!(
    /// Where the goods are.
    FulfilmentStatus {
        /// With us.
        Unfulfilled = "unfulfilled",
        /// Some left.
        PartiallyShipped = "partially_shipped",
        /// All left.
        Shipped = "shipped",
        /// With the customer.
        Delivered = "delivered",
    }
);

text_enum!(
    /// What can be asked of an order.
    OrderCommand {
        /// The money covers the total.
        Pay = "pay",
        /// Call it off.
        Cancel = "cancel",
        /// Nobody paid in time.
        Expire = "expire",
        /// The money came after all, and the stock was still there.
        Reinstate = "reinstate",
        /// Begin packing.
        Start = "start",
        /// Send some of it.
        ShipPart = "ship_part",
        /// Send all that is left.
        Ship = "ship",
        /// It arrived.
        Deliver = "deliver",
        /// Nothing more will happen.
        Complete = "complete",
        /// Give money back.
        Refund = "refund",
        /// Make it for other things.
        Edit = "edit",
    }
);

/// The state machine of an order; what is not here is refused with `invalid_transition`.
pub const TRANSITIONS: &[(OrderStatus, OrderCommand, OrderStatus)] = {
    use OrderCommand as C;
    use OrderStatus as S;
    &[
        (S::Pending, C::Pay, S::Paid),
        (S::Pending, C::Cancel, S::Cancelled),
        (S::Pending, C::Expire, S::Expired),
        (S::Pending, C::Edit, S::Pending),
        (S::Cancelled, C::Reinstate, S::Paid),
        (S::Expired, C::Reinstate, S::Paid),
        (S::Paid, C::Start, S::Processing),
        (S::Paid, C::Cancel, S::Cancelled),
        (S::Paid, C::ShipPart, S::PartiallyShipped),
        (S::Paid, C::Ship, S::Shipped),
        (S::Processing, C::Cancel, S::Cancelled),
        (S::Processing, C::ShipPart, S::PartiallyShipped),
        (S::Processing, C::Ship, S::Shipped),
        (S::PartiallyShipped, C::ShipPart, S::PartiallyShipped),
        (S::PartiallyShipped, C::Ship, S::Shipped),
        (S::Shipped, C::Deliver, S::Delivered),
        (S::Delivered, C::Complete, S::Completed),
        (S::Delivered, C::Refund, S::Delivered),
        (S::Completed, C::Refund, S::Completed),
    ]
};

impl OrderStatus {
    /// Where `command` leads from here; `None` when it is not allowed.
    pub fn after(self, command: OrderCommand) -> Option<Self> {
        TRANSITIONS
            .iter()
            .find(|(from, by, _)| *from == self && *by == command)
            .map(|(_, _, to)| *to)
    }

    /// What may be asked of an order in this state.
    pub fn allowed(self) -> impl Iterator<Item = OrderCommand> {
        TRANSITIONS.iter().filter(move |(from, _, _)| *from == self).map(|(_, by, _)| *by)
    }
}
