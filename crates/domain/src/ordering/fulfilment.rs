use super::{
    FulfilmentStatus, InvalidTransition, Line, LineId, Order, OrderCommand, OrderCompleted,
    OrderDelivered, OrderShipped, OrderStarted, ShippedLine,
};
use crate::{
    inventory::{StockDemand, merge_demand},
    shared::{
        error::{Coded, ErrorKind},
        event::Stamp,
    },
};

/// Units of one line that leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
}

impl Order {
    /// Begins packing.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is paid.
    pub fn start(&mut self, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Start)?;
        let event = OrderStarted { order_id: self.id, user_id: self.customer };
        self.record(event.into(), stamp);
        Ok(())
    }

    /// Sends `parcels`, or all that is left when there are none, and answers what leaves the stock;
    /// it must be taken from there in the same transaction.
    ///
    /// # Errors
    /// [`ShipRefused`]; nothing has changed then.
    pub fn ship(
        &mut self,
        parcels: &[Parcel],
        stamp: Stamp,
    ) -> Result<Vec<StockDemand>, ShipRefused> {
        let lines = self.after_shipping(parcels)?;
        let is_complete = lines.iter().all(|line| line.shipped == line.quantity);
        self.advance(if is_complete { OrderCommand::Ship } else { OrderCommand::ShipPart })?;
        let mut left = Vec::new();
        let mut demand = Vec::new();
        for (before, after) in self.lines.iter().zip(&lines) {
            let quantity = after.shipped.saturating_sub(before.shipped);
            if quantity == 0 {
                continue;
            }
            left.push(ShippedLine { line_id: after.id, quantity });
            let (product, variant) = (after.product, after.variant);
            let quantity = i64::from(quantity);
            let taken = |level| StockDemand { level, variant, product, quantity };
            demand.extend(after.level.map(taken));
        }
        self.lines = lines;
        self.state.fulfilment_status = if is_complete {
            FulfilmentStatus::Shipped
        } else {
            FulfilmentStatus::PartiallyShipped
        };
        let (order_id, user_id) = (self.id, self.customer);
        self.record(OrderShipped { order_id, user_id, lines: left, is_complete }.into(), stamp);
        Ok(merge_demand(demand))
    }

    fn after_shipping(&self, parcels: &[Parcel]) -> Result<Vec<Line>, ShipRefused> {
        let mut lines = self.lines.clone();
        if parcels.is_empty() {
            for line in &mut lines {
                line.shipped = line.quantity;
            }
        }
        for (at, parcel) in parcels.iter().enumerate() {
            let known = lines.iter_mut().find(|line| line.id == parcel.line);
            let line = known.ok_or(ShipRefused::UnknownLine { at })?;
            let left = line.quantity.saturating_sub(line.shipped);
            if parcel.quantity == 0 || parcel.quantity > left {
                return Err(ShipRefused::Quantity { at, left });
            }
            line.shipped = line.shipped.saturating_add(parcel.quantity);
        }
        Ok(lines)
    }

    /// The goods arrived.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless all of it was shipped.
    pub fn deliver(&mut self, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Deliver)?;
        self.state.fulfilment_status = FulfilmentStatus::Delivered;
        let event = OrderDelivered { order_id: self.id, user_id: self.customer };
        self.record(event.into(), stamp);
        Ok(())
    }

    /// Closes the order.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was delivered.
    pub fn complete(&mut self, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Complete)?;
        let event = OrderCompleted { order_id: self.id, user_id: self.customer };
        self.record(event.into(), stamp);
        Ok(())
    }

    /// Whether money of the order may be given back by a decision of the staff.
    ///
    /// # Errors
    /// [`InvalidTransition`] before it was delivered; until then calling it off gives all back.
    pub fn may_refund(&self) -> Result<(), InvalidTransition> {
        let (from, command) = (self.state.status, OrderCommand::Refund);
        from.after(command).map(drop).ok_or(InvalidTransition { from, command })
    }
}

/// Why nothing was shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShipRefused {
    /// The order has no such line.
    #[error("the order has no such line")]
    UnknownLine {
        /// Position of the parcel, from 0.
        at: usize,
    },
    /// No units, or more than are left to ship.
    #[error("{left} units of the line are left to ship")]
    Quantity {
        /// Position of the parcel, from 0.
        at: usize,
        /// Units left to ship.
        left: u32,
    },
    /// The order is not where goods are sent.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
}

impl Coded for ShipRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownLine { .. } => ErrorKind::Invalid,
            Self::Quantity { .. } => ErrorKind::Conflict,
            Self::Transition(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownLine { .. } => "line_not_found",
            Self::Quantity { .. } => "line_quantity_left",
            Self::Transition(error) => error.code(),
        }
    }
}
