use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::Permission,
    ordering::{
        CancelOrder, CancelOrderCommand, CancelOrderError, InvalidTransition, OrderCommand,
        OrderStatus, OrderView, OrderingStore,
    },
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`CancelOrder`].
#[derive(Component)]
#[shaku(interface = CancelOrder)]
pub struct CancelOrderUseCase {
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
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
        let found = uow.orders().find(command.order).await?;
        let mut order = found
            .filter(|order| {
                command
                    .actor
                    .scope(Permission::OrdersWrite)
                    .is_none_or(|owner| owner == order.customer())
            })
            .ok_or(CancelOrderError::NotFound)?;
        // Money would have to go back from any other state, and nothing here sends it.
        let from = order.state().status;
        if from != OrderStatus::Pending {
            return Err(InvalidTransition { from, command: OrderCommand::Cancel }.into());
        }
        order.cancel(stamp)?;
        // The order first: whoever lost the race for it must not touch its stock.
        uow.orders().update(&order).await?;
        uow.stock().release(order.id(), &order.demand(), stamp.at).await?;
        uow.commit().await?;
        Ok(OrderView::from(&order))
    }
}
