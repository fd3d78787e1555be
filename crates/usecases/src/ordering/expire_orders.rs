use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    ordering::{ExpireOrders, OrderId, OrderReads},
    payments::PaymentsStore,
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::payments::void_open::void_open;

/// Implements [`ExpireOrders`].
#[derive(Component)]
#[shaku(interface = ExpireOrders)]
pub struct ExpireOrdersUseCase {
    #[shaku(inject)]
    reads: Arc<dyn OrderReads>,
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl ExpireOrders for ExpireOrdersUseCase {
    #[tracing::instrument(name = "ordering.expire_orders", skip_all)]
    async fn execute(&self, limit: u32) -> Result<u32, StoreError> {
        let mut expired = 0;
        for id in self.reads.due_to_expire(self.clock.now(), limit).await? {
            match self.expire(id, stamp(&*self.clock, &*self.ids)).await {
                Ok(true) => expired += 1,
                Ok(false) => {}
                // Paid or changed meanwhile; if it is still due, the next round finds it.
                Err(StoreError::Conflict) => {
                    tracing::debug!(order = %id, "an order was changed while it expired");
                }
                Err(error @ (StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_))) => {
                    return Err(error);
                }
                // One broken order must not keep the others from expiring.
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(order = %id, error, "an order cannot expire");
                }
            }
        }
        Ok(expired)
    }
}

impl ExpireOrdersUseCase {
    /// Expires one order; `false` when it is not pending any more.
    async fn expire(&self, id: OrderId, stamp: Stamp) -> Result<bool, StoreError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        // First, because it keeps others from the money of the order.
        void_open(&mut *uow, id, &*self.ids, stamp.at).await?;
        let Some(mut order) = uow.orders().find(id).await? else { return Ok(false) };
        if let Err(refused) = order.expire(stamp) {
            tracing::debug!(order = %id, %refused, "an order was changed before it expired");
            return Ok(false);
        }
        // The order first: whoever lost the race for it must not touch its stock.
        uow.orders().update_expired(&order, stamp.at).await?;
        uow.stock().release(id, &order.demand(), stamp.at).await?;
        uow.coupons().release(&order, stamp.at).await?;
        uow.commit().await?;
        Ok(true)
    }
}
