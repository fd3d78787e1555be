use std::collections::BTreeMap;

use async_trait::async_trait;
use shaku::Interface;

use super::{
    AppliedCoupon, Coupon, CouponRefused, InvalidTransition, Line, Order, OrderCommand,
    OrderEdited, OrderId, OrderPrice, OrderView, ParticularsChange, PaymentStatus, PlaceOrderError,
    PricedLine, Quote, Wanted, quote,
};
use crate::{
    inventory::StockDemand,
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind, StoreError},
        event::{Provenance, Stamp},
        money::{Currency, MoneyError},
    },
};

/// How many units more, or fewer, an edited order holds of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldChange {
    /// Units to reserve.
    More(StockDemand),
    /// Units to give back.
    Fewer(StockDemand),
}

impl Order {
    /// Gives a pending order other lines and its price anew, with the coupon it has. Answers what
    /// has to be reserved and given back in the same transaction, in ascending order of level, as
    /// everybody takes stock.
    ///
    /// # Errors
    /// [`EditOrderError`]; nothing has changed then.
    pub fn edit(
        &mut self,
        mut lines: Vec<Line>,
        coupon: Option<&Coupon>,
        stamp: Stamp,
    ) -> Result<Vec<HoldChange>, EditOrderError> {
        Self::check_quantities(lines.iter().map(|line| line.quantity))?;
        let (from, command) = (self.state.status, OrderCommand::Edit);
        from.after(command).ok_or(InvalidTransition { from, command })?;
        if !matches!(self.state.payment_status, PaymentStatus::None | PaymentStatus::Voided) {
            return Err(EditOrderError::BeingPaid);
        }
        let quoted = quoted(self.total().currency, &lines, coupon)?;
        for (line, quoted) in lines.iter_mut().zip(&quoted.lines) {
            line.discount = quoted.discount;
        }
        let before = self.demand();
        self.lines = lines;
        self.price = OrderPrice {
            subtotal: quoted.subtotal,
            discount: quoted.discount,
            total: quoted.total,
            coupon: coupon.map(|coupon| AppliedCoupon { id: coupon.id, code: coupon.code.clone() }),
        };
        let (order_id, user_id, total) = (self.id, self.customer, quoted.total);
        self.record(OrderEdited { order_id, user_id, total }.into(), stamp);
        Ok(changes(&before, &self.demand()))
    }
}

/// An order that has a coupon keeps it, also when it is over or used up by now; only the smallest
/// subtotal it is for is asked again.
fn quoted(
    currency: Currency,
    lines: &[Line],
    coupon: Option<&Coupon>,
) -> Result<Quote, PlaceOrderError> {
    let of = |line: &Line| PricedLine { unit_price: line.unit_price, quantity: line.quantity };
    let asked: Vec<_> = lines.iter().map(of).collect();
    let plain = quote(currency, &asked, None)?;
    let Some(coupon) = coupon else { return Ok(plain) };
    if let Some(minimum) = coupon.terms.minimum.filter(|least| plain.subtotal.minor < least.minor) {
        return Err(CouponRefused::Minimum { minimum }.into());
    }
    match quote(currency, &asked, Some(coupon.terms.discount)) {
        Err(MoneyError::CurrencyMismatch) => Err(CouponRefused::Currency.into()),
        quoted => Ok(quoted?),
    }
}

fn changes(before: &[StockDemand], after: &[StockDemand]) -> Vec<HoldChange> {
    let mut levels = BTreeMap::new();
    for held in before {
        levels.insert(held.level, (*held, -held.quantity));
    }
    for wanted in after {
        let (_, change) = levels.entry(wanted.level).or_insert((*wanted, 0));
        *change += wanted.quantity;
    }
    levels
        .into_values()
        .filter_map(|(of, change)| match change {
            0 => None,
            1.. => Some(HoldChange::More(StockDemand { quantity: change, ..of })),
            _ => Some(HoldChange::Fewer(StockDemand { quantity: -change, ..of })),
        })
        .collect()
}

/// Input of [`EditOrder`].
#[derive(Clone, Debug)]
pub struct EditOrderCommand {
    /// Who does it; the edge lets in only who may write orders.
    pub actor: Actor,
    /// Which order.
    pub order: OrderId,
    /// What it is for from now on, in place of all it was for; as it was when absent.
    pub wanted: Option<Wanted>,
    /// What changes about where it goes.
    pub change: ParticularsChange,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes what a pending order is for, and where it goes.
#[async_trait]
pub trait EditOrder: Interface {
    /// Reserves and gives back the difference, and makes the price anew, all or nothing. What
    /// stays keeps the price it was ordered at.
    async fn execute(&self, command: EditOrderCommand) -> Result<OrderView, EditOrderError>;
}

/// Why an order was not edited. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EditOrderError {
    /// There is no such order.
    #[error("no such order")]
    NotFound,
    /// The order does not wait for money.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The customer is paying what it costs now: the provider knows the amount.
    #[error("the order is being paid")]
    BeingPaid,
    /// No order can be made of these lines.
    #[error(transparent)]
    Lines(#[from] PlaceOrderError),
}

impl From<StoreError> for EditOrderError {
    fn from(error: StoreError) -> Self {
        Self::Lines(error.into())
    }
}

impl Coded for EditOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition(error) => error.kind(),
            Self::BeingPaid => ErrorKind::Conflict,
            Self::Lines(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "order_not_found",
            Self::Transition(error) => error.code(),
            Self::BeingPaid => "order_being_paid",
            Self::Lines(error) => error.code(),
        }
    }
}
