//! Scheduling refunds of what an order's payments hold, in the transaction that decides on them.

use domain::{
    ordering::Order,
    payments::{PaymentId, PaymentsUnitOfWork, RefundId, RefundOrderError},
    shared::{
        event::Stamp,
        money::Money,
        ports::{Clock, IdGenerator, stamp},
    },
};
use time::OffsetDateTime;

/// What a refund is named by and when it is decided on.
pub(crate) struct Draw<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) at: OffsetDateTime,
}

impl Draw<'_> {
    fn next(&self) -> (RefundId, Stamp) {
        let stamp = Stamp { at: self.at, ..stamp(self.clock, self.ids) };
        (RefundId::new(self.ids.next()), stamp)
    }
}

/// Schedules refunds of `amount`, or of all there is, from the oldest payment of `order` on, or of
/// `only` this one. Answers what goes back.
///
/// # Errors
/// [`RefundOrderError::Amount`] when less is left; then nothing was written.
pub(crate) async fn give_back(
    uow: &mut dyn PaymentsUnitOfWork,
    order: &Order,
    only: Option<PaymentId>,
    amount: Option<Money>,
    draw: &Draw<'_>,
) -> Result<Money, RefundOrderError> {
    let mut left = Money::zero(order.total().currency);
    let mut holding = Vec::new();
    for (payment, refunding) in uow.payments().taken_for(order.id()).await? {
        if only.is_some_and(|only| only != payment.id()) {
            continue;
        }
        let state = payment.state();
        let held = state.captured.minus(state.refunded)?.minus(refunding)?;
        if held.minor > 0 {
            left = left.plus(held)?;
            holding.push((payment, held));
        }
    }
    let wanted = amount.unwrap_or(left);
    let missing = left.minus(wanted)?.minor < 0;
    if missing || (amount.is_some() && wanted.minor <= 0) {
        return Err(RefundOrderError::Amount { left });
    }
    let mut open = wanted;
    for (mut payment, held) in holding {
        let part = Money::new(open.minor.min(held.minor), held.currency);
        if part.minor <= 0 {
            break;
        }
        let (id, stamp) = draw.next();
        let refund = payment.schedule_refund(id, part, stamp);
        uow.payments().update(&payment).await?;
        uow.refunds().insert(&refund).await?;
        open = open.minus(part)?;
    }
    Ok(wanted)
}
