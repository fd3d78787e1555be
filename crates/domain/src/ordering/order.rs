use time::{Duration, OffsetDateTime};

use super::{
    AppliedCoupon, CouponInHand, FulfilmentStatus, InvalidTransition, OrderCancelled, OrderCommand,
    OrderExpired, OrderNumber, OrderPaid, OrderPaymentChanged, OrderPlaced, OrderReinstated,
    OrderStatus, Particulars, PaymentStatus, PlaceOrderError, PricedLine, quote,
};
use crate::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::{StockDemand, StockLevelId, merge_demand},
    payments::Takings,
    shared::{
        event::{AggregateType, DomainEvent, NewEvent, Stamp},
        money::{Currency, Money, MoneyError},
    },
    typed_id,
};

typed_id!(
    /// Identity of an order.
    OrderId
);
typed_id!(
    /// Identity of a line of an order.
    LineId
);

/// Lines an order may have.
pub const MAX_LINES: usize = 100;

/// Units a line may have.
pub const MAX_QUANTITY: u32 = 1_000;

/// What a line is made from: a snapshot of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Identity.
    pub id: LineId,
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// Where it is taken from; `None` when stock is not counted.
    pub level: Option<StockLevelId>,
    /// Name at this moment.
    pub name: String,
    /// SKU at this moment.
    pub sku: String,
    /// Units, 1..=[`MAX_QUANTITY`].
    pub quantity: u32,
    /// Price of one unit at this moment.
    pub unit_price: Money,
    /// What is taken off of the whole line; an order gives each line its own when it is placed.
    pub discount: Money,
    /// Units of it that left; none when it is bought.
    pub shipped: u32,
}

/// One position of an order, frozen as it was bought.
pub type Line = NewLine;

/// What an order is made from.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Identity.
    pub id: OrderId,
    /// Who buys.
    pub customer: UserId,
    /// Currency of every price.
    pub currency: Currency,
    /// What is bought.
    pub lines: Vec<NewLine>,
    /// The coupon the customer has.
    pub coupon: Option<CouponInHand>,
    /// Where it goes, and what the customer asks for.
    pub particulars: Particulars,
    /// How long the stock stays reserved without payment.
    pub reserve_for: Duration,
}

/// What an order costs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPrice {
    /// Sum of the lines before anything is taken off.
    pub subtotal: Money,
    /// What is taken off of all lines together.
    pub discount: Money,
    /// What has to be paid.
    pub total: Money,
    /// What it is taken off by.
    pub coupon: Option<AppliedCoupon>,
}

/// The part of an order that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// How far along it is.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment_status: PaymentStatus,
    /// Where the goods are.
    pub fulfilment_status: FulfilmentStatus,
    /// Grows by one with each recorded event.
    pub version: i64,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// When it expires unless it is paid; only while pending.
    pub expires_at: Option<OffsetDateTime>,
}

/// One step in the life of an order, recorded and not stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Version it led to.
    pub version: i64,
    /// Wire name of the event.
    pub event: &'static str,
    /// State it led to.
    pub status: OrderStatus,
    /// When.
    pub at: OffsetDateTime,
}

/// What the takings of an order ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Nothing.
    Nothing,
    /// The order is covered: pay it and allocate its stock.
    Pay,
    /// A closed order is covered: take its stock again and reinstate it, or refund.
    Late,
    /// Money is there that no order is owed: refund this much.
    Refund(Money),
}

/// A purchase.
#[derive(Clone, Debug)]
pub struct Order {
    pub(super) id: OrderId,
    number: OrderNumber,
    pub(super) customer: UserId,
    pub(super) price: OrderPrice,
    pub(super) lines: Vec<Line>,
    pub(super) particulars: Particulars,
    created_at: OffsetDateTime,
    pub(super) state: OrderState,
    events: Vec<NewEvent>,
    timeline: Vec<TimelineEntry>,
}

impl Order {
    /// Places an order and records the fact. Its stock must be reserved in the same transaction.
    ///
    /// # Errors
    /// [`PlaceOrderError`] for the number of lines, a quantity, or a total that does not fit.
    pub fn place(new: NewOrder, stamp: Stamp) -> Result<Self, PlaceOrderError> {
        Self::check_quantities(new.lines.iter().map(|line| line.quantity))?;
        let mut lines = new.lines;
        let price = priced(new.currency, &mut lines, new.coupon.as_ref(), stamp.at)?;
        let total = price.total;
        let mut order = Self {
            id: new.id,
            number: OrderNumber::derive(new.id.raw()),
            customer: new.customer,
            price,
            lines,
            particulars: new.particulars,
            created_at: stamp.at,
            state: OrderState {
                status: OrderStatus::Pending,
                payment_status: PaymentStatus::None,
                fulfilment_status: FulfilmentStatus::Unfulfilled,
                version: 0,
                updated_at: stamp.at,
                expires_at: Some(stamp.at + new.reserve_for),
            },
            events: Vec::new(),
            timeline: Vec::new(),
        };
        let placed = OrderPlaced { order_id: new.id, user_id: new.customer, total };
        order.record(placed.into(), stamp);
        Ok(order)
    }

    /// Whether an order may have lines of these quantities, before anything is looked up.
    ///
    /// # Errors
    /// [`PlaceOrderError::LineCount`] or [`PlaceOrderError::Quantity`].
    pub fn check_quantities(
        quantities: impl ExactSizeIterator<Item = u32>,
    ) -> Result<(), PlaceOrderError> {
        if quantities.len() == 0 || quantities.len() > MAX_LINES {
            return Err(PlaceOrderError::LineCount);
        }
        for (line, quantity) in quantities.enumerate() {
            if quantity == 0 || quantity > MAX_QUANTITY {
                return Err(PlaceOrderError::Quantity { line });
            }
        }
        Ok(())
    }

    /// An order read back from the store, without its particulars.
    pub fn restore(
        id: OrderId,
        number: OrderNumber,
        customer: UserId,
        price: OrderPrice,
        lines: Vec<Line>,
        created_at: OffsetDateTime,
        state: OrderState,
    ) -> Self {
        Self {
            id,
            number,
            customer,
            price,
            lines,
            particulars: Particulars::default(),
            created_at,
            state,
            events: Vec::new(),
            timeline: Vec::new(),
        }
    }

    /// What `takings`, all the money of this order, ask for.
    ///
    /// # Errors
    /// [`MoneyError`] when amounts cannot be combined.
    pub fn settlement(&self, takings: &Takings) -> Result<Settlement, MoneyError> {
        let held = takings.held()?;
        let covered = held.minor >= self.price.total.minor;
        let surplus = held.minus(self.price.total)?;
        Ok(match self.state.status {
            OrderStatus::Pending if covered => Settlement::Pay,
            OrderStatus::Pending => Settlement::Nothing,
            OrderStatus::Cancelled | OrderStatus::Expired if held.minor == 0 => Settlement::Nothing,
            OrderStatus::Cancelled | OrderStatus::Expired if covered => Settlement::Late,
            OrderStatus::Cancelled | OrderStatus::Expired => Settlement::Refund(held),
            _ if surplus.minor > 0 => Settlement::Refund(surplus),
            _ => Settlement::Nothing,
        })
    }

    /// The money covers the total. The reserved stock must be allocated in the same transaction.
    ///
    /// # Errors
    /// [`InvalidTransition`].
    pub fn pay(&mut self, takings: &Takings, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Pay)?;
        self.state.payment_status = takings.status(self.price.total);
        self.state.expires_at = None;
        let paid = OrderPaid { order_id: self.id, user_id: self.customer, total: self.price.total };
        self.record(paid.into(), stamp);
        Ok(())
    }

    /// Money came after the order was closed and its stock was taken again in the same transaction.
    ///
    /// # Errors
    /// [`InvalidTransition`].
    pub fn reinstate(&mut self, takings: &Takings, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Reinstate)?;
        self.state.payment_status = takings.status(self.price.total);
        let event =
            OrderReinstated { order_id: self.id, user_id: self.customer, total: self.price.total };
        self.record(event.into(), stamp);
        Ok(())
    }

    /// Notes what became of the money without moving the order; records it only when it changed.
    pub fn note_takings(&mut self, takings: &Takings, stamp: Stamp) {
        let payment_status = takings.status(self.price.total);
        if payment_status != self.state.payment_status {
            self.state.payment_status = payment_status;
            self.record(OrderPaymentChanged { order_id: self.id, payment_status }.into(), stamp);
        }
    }

    /// Calls the order off. Its stock must be given back and its money be scheduled to go back in
    /// the same transaction.
    ///
    /// # Errors
    /// [`InvalidTransition`] once it is past cancelling.
    pub fn cancel(&mut self, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Cancel)?;
        self.state.expires_at = None;
        let event = OrderCancelled { order_id: self.id, user_id: self.customer };
        self.record(event.into(), stamp);
        Ok(())
    }

    /// Nobody paid in time. Its stock must be given back in the same transaction.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is pending.
    pub fn expire(&mut self, stamp: Stamp) -> Result<(), InvalidTransition> {
        self.advance(OrderCommand::Expire)?;
        self.state.expires_at = None;
        let event = OrderExpired { order_id: self.id, user_id: self.customer };
        self.record(event.into(), stamp);
        Ok(())
    }

    pub(super) fn advance(&mut self, command: OrderCommand) -> Result<(), InvalidTransition> {
        let from = self.state.status;
        self.state.status = from.after(command).ok_or(InvalidTransition { from, command })?;
        Ok(())
    }

    pub(super) fn record(&mut self, event: DomainEvent, stamp: Stamp) {
        self.state.version += 1;
        self.state.updated_at = stamp.at;
        self.timeline.push(TimelineEntry {
            version: self.state.version,
            event: event.name(),
            status: self.state.status,
            at: stamp.at,
        });
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Order,
            aggregate_id: self.id.raw(),
            aggregate_version: self.state.version,
            occurred_at: stamp.at,
            event,
        });
    }

    /// Units its lines take from stock, merged and sorted.
    pub fn demand(&self) -> Vec<StockDemand> {
        merge_demand(self.lines.iter().filter_map(|line| {
            let (product, variant) = (line.product, line.variant);
            let quantity = i64::from(line.quantity);
            line.level.map(|level| StockDemand { level, variant, product, quantity })
        }))
    }

    /// Identity.
    pub const fn id(&self) -> OrderId {
        self.id
    }

    /// Human number.
    pub const fn number(&self) -> &OrderNumber {
        &self.number
    }

    /// Who bought.
    pub const fn customer(&self) -> UserId {
        self.customer
    }

    /// What has to be paid.
    pub const fn total(&self) -> Money {
        self.price.total
    }

    /// What it costs, and why.
    pub const fn price(&self) -> &OrderPrice {
        &self.price
    }

    /// What was bought.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// When it was placed.
    pub const fn created_at(&self) -> OffsetDateTime {
        self.created_at
    }

    /// The part that changes.
    pub const fn state(&self) -> &OrderState {
        &self.state
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// Steps recorded and not stored yet, one for each event.
    pub fn timeline(&self) -> &[TimelineEntry] {
        &self.timeline
    }

    /// Version the store has: that of the state less the events it has not seen.
    pub fn stored_version(&self) -> i64 {
        let unseen = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        self.state.version.saturating_sub(unseen)
    }
}

/// The price of `lines`, each of which gets its share of what is taken off.
fn priced(
    currency: Currency,
    lines: &mut [Line],
    coupon: Option<&CouponInHand>,
    now: OffsetDateTime,
) -> Result<OrderPrice, PlaceOrderError> {
    let of = |line: &Line| PricedLine { unit_price: line.unit_price, quantity: line.quantity };
    let asked: Vec<_> = lines.iter().map(of).collect();
    let mut quoted = quote(currency, &asked, None)?;
    if let Some(in_hand) = coupon {
        in_hand.coupon.admit(quoted.subtotal, now, in_hand.used_by_customer)?;
        quoted = quote(currency, &asked, Some(in_hand.coupon.terms.discount))?;
    }
    for (line, quoted) in lines.iter_mut().zip(&quoted.lines) {
        line.discount = quoted.discount;
    }
    Ok(OrderPrice {
        subtotal: quoted.subtotal,
        discount: quoted.discount,
        total: quoted.total,
        coupon: coupon.map(CouponInHand::applied),
    })
}
