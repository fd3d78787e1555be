//! What the money of an order does to the order, in the transaction that learnt of the money.

use domain::{
    ordering::{InvalidTransition, Order, Settlement},
    payments::{Payment, PaymentsUnitOfWork, RefundId, Takings, WebhookError},
    shared::{
        error::StoreError,
        event::Stamp,
        money::Money,
        ports::{Clock, IdGenerator, stamp},
    },
};

/// Identities and time of everything one report of a provider may change, drawn once.
#[derive(Clone, Copy)]
pub(super) struct ReportStamps {
    /// Of what the payment learns.
    pub(super) fact: Stamp,
    order: Stamp,
    refund_event: Stamp,
    refund: RefundId,
}

impl ReportStamps {
    pub(super) fn draw(clock: &dyn Clock, ids: &dyn IdGenerator) -> Self {
        let fact = stamp(clock, ids);
        let at = fact.at;
        let same_time = || Stamp { at, ..stamp(clock, ids) };
        let (order, refund_event) = (same_time(), same_time());
        Self { fact, order, refund_event, refund: RefundId::new(ids.next()) }
    }
}

/// Moves the order of `payment` to where all its money says: `others` and what `payment` took.
/// Money the order is not owed goes back. The caller stores `payment` afterwards.
pub(super) async fn settle(
    uow: &mut dyn PaymentsUnitOfWork,
    payment: &mut Payment,
    others: Takings,
    stamps: &ReportStamps,
) -> Result<(), WebhookError> {
    let mut order = order_of(uow, payment).await?;
    let takings = others.with(payment)?;
    let at = stamps.order.at;
    match order.settlement(&takings)? {
        Settlement::Nothing => note(uow, &mut order, &takings, stamps.order).await,
        Settlement::Pay => {
            order.pay(&takings, stamps.order).map_err(bug)?;
            // The order first: whoever lost the race for it must not touch its stock.
            uow.orders().update(&order).await?;
            Ok(uow.stock().allocate(order.id(), &order.demand(), at).await?)
        }
        Settlement::Late => {
            if uow.stock().allocate_again(order.id(), &order.demand(), at).await? {
                order.reinstate(&takings, stamps.order).map_err(bug)?;
                uow.orders().update(&order).await?;
                return Ok(uow.coupons().take_again(&order).await?);
            }
            give_back(uow, payment, takings.held()?, stamps).await?;
            note(uow, &mut order, &takings, stamps.order).await
        }
        Settlement::Refund(surplus) => {
            give_back(uow, payment, surplus, stamps).await?;
            note(uow, &mut order, &takings, stamps.order).await
        }
    }
}

/// The order a payment is for.
pub(super) async fn order_of(
    uow: &mut dyn PaymentsUnitOfWork,
    payment: &Payment,
) -> Result<Order, StoreError> {
    let missing = || StoreError::Corrupt(format!("payment {} has no order", payment.id()));
    uow.orders().find(payment.order()).await?.ok_or_else(missing)
}

async fn note(
    uow: &mut dyn PaymentsUnitOfWork,
    order: &mut Order,
    takings: &Takings,
    stamp: Stamp,
) -> Result<(), WebhookError> {
    order.note_takings(takings, stamp);
    if !order.events().is_empty() {
        uow.orders().update(order).await?;
    }
    Ok(())
}

/// Schedules a refund of `surplus`, as far as it is money of this payment.
async fn give_back(
    uow: &mut dyn PaymentsUnitOfWork,
    payment: &mut Payment,
    surplus: Money,
    stamps: &ReportStamps,
) -> Result<(), WebhookError> {
    let own = payment.state().captured.minus(payment.state().refunded)?;
    let amount = Money::new(surplus.minor.min(own.minor), surplus.currency);
    if amount.minor <= 0 {
        tracing::error!(payment = %payment.id(), %surplus, "money is left that is not of this payment");
        return Ok(());
    }
    let refund = payment.schedule_refund(stamps.refund, amount, stamps.refund_event);
    Ok(uow.refunds().insert(&refund).await?)
}

/// [`Settlement`] asked for a step the state machine refuses: no race leads here.
fn bug(error: InvalidTransition) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
