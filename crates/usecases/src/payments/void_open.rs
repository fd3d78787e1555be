//! Ending the open attempt of an order, in the transaction that ends the order.

use domain::{
    ordering::OrderId,
    payments::{Operation, OperationId, OperationKind, PaymentsUnitOfWork},
    shared::{error::StoreError, ports::IdGenerator},
};
use time::{Duration, OffsetDateTime};

/// Schedules that the attempt of `order` that may still take money is ended at its provider; the
/// reconciler asks. What it takes before it ends is late money. Reads and locks the money of the
/// order, so it comes before anything else that is read of it.
pub(crate) async fn void_open(
    uow: &mut dyn PaymentsUnitOfWork,
    order: OrderId,
    ids: &dyn IdGenerator,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(open) = uow.payments().active_of(order).await? else { return Ok(()) };
    let kind = OperationKind::Void;
    if uow.operations().scheduled(open.id(), kind).await?.is_some() {
        return Ok(());
    }
    let id = OperationId::new(ids.next());
    uow.operations().insert(&Operation::schedule(id, kind, &open, at, Duration::ZERO)).await
}
