use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::Permission,
    ordering::{
        CancelOrder, CancelOrderCommand, CancelOrderError, InvalidTransition, OrderCommand,
        OrderStatus, OrderView,
    },
    payments::{PaymentsStore, RefundOrderError},
    shared::{
        error::StoreError,
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::{
    payments::{
        give_back::{Draw, give_back},
        void_open::void_open,
    },
    retry::retry_lost_races,
};

/// Implements [`CancelOrder`].
#[derive(Component)]
#[shaku(interface = CancelOrder)]
pub struct CancelOrderUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl CancelOrder for CancelOrderUseCase {
    #[tracing::instrument(name = "ordering.cancel_order", skip_all)]
    async fn execute(&self, command: CancelOrderCommand) -> Result<OrderView, CancelOrderError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(&command, stamp)).await
    }
}

impl CancelOrderUseCase {
    async fn attempt(
        &self,
        command: &CancelOrderCommand,
        stamp: Stamp,
    ) -> Result<OrderView, CancelOrderError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        // First, because it keeps others from the money of the order: what is read of the order
        // after it stays true.
        void_open(&mut *uow, command.order, &*self.ids, stamp.at).await?;
        let found = uow.orders().find(command.order).await?;
        let mut order = found
            .filter(|order| {
                command
                    .actor
                    .scope(Permission::OrdersWrite)
                    .is_none_or(|owner| owner == order.customer())
            })
            .ok_or(CancelOrderError::NotFound)?;
        let from = order.state().status;
        let is_pending = from == OrderStatus::Pending;
        if !is_pending && !command.actor.may(Permission::OrdersWrite) {
            return Err(InvalidTransition { from, command: OrderCommand::Cancel }.into());
        }
        order.cancel(stamp)?;
        // The order first: whoever lost the race for it must not touch its stock.
        uow.orders().update(&order).await?;
        let demand = order.demand();
        if is_pending {
            uow.stock().release(order.id(), &demand, stamp.at).await?;
        } else {
            uow.stock().deallocate(order.id(), &demand, stamp.at).await?;
            let draw = Draw { clock: &*self.clock, ids: &*self.ids, at: stamp.at };
            give_back(&mut *uow, &order, None, None, &draw).await.map_err(not_given_back)?;
        }
        uow.coupons().release(&order, stamp.at).await?;
        if command.actor.user != order.customer() {
            let (action, kind) = (AuditAction::OrderCancelled, AuditTargetKind::Order);
            let id = order.id().raw();
            uow.audit().record(AuditEntry::new(command.actor, action, kind, id, stamp.at));
        }
        uow.commit().await?;
        Ok(OrderView::from(&order))
    }
}

/// All there is can always go back.
fn not_given_back(error: RefundOrderError) -> CancelOrderError {
    match error {
        RefundOrderError::Store(error) => error.into(),
        error => StoreError::Corrupt(error.to_string()).into(),
    }
}
