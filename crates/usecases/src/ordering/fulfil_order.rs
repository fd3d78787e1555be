use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    ordering::{
        FulfilOrder, FulfilOrderCommand, FulfilOrderError, FulfilmentStep, OrderView, OrderingStore,
    },
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`FulfilOrder`].
#[derive(Component)]
#[shaku(interface = FulfilOrder)]
pub struct FulfilOrderUseCase {
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl FulfilOrder for FulfilOrderUseCase {
    #[tracing::instrument(name = "ordering.fulfil_order", skip_all)]
    async fn execute(&self, command: FulfilOrderCommand) -> Result<OrderView, FulfilOrderError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(&command, stamp)).await
    }
}

impl FulfilOrderUseCase {
    async fn attempt(
        &self,
        command: &FulfilOrderCommand,
        stamp: Stamp,
    ) -> Result<OrderView, FulfilOrderError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let found = uow.orders().find(command.order).await?;
        let mut order = found.ok_or(FulfilOrderError::NotFound)?;
        let mut leaving = Vec::new();
        match &command.step {
            FulfilmentStep::Start => order.start(stamp)?,
            FulfilmentStep::Ship(parcels) => leaving = order.ship(parcels, stamp)?,
            FulfilmentStep::Deliver => order.deliver(stamp)?,
            FulfilmentStep::Complete => order.complete(stamp)?,
        }
        // The order first: whoever lost the race for it must not touch its stock.
        uow.orders().update(&order).await?;
        let shortages = uow.stock().ship(order.id(), &leaving, stamp.at).await?;
        if !shortages.is_empty() {
            return Err(FulfilOrderError::NotOnHand(shortages));
        }
        uow.audit().record(audited(command, stamp));
        uow.commit().await?;
        Ok(OrderView::from(&order))
    }
}

fn audited(command: &FulfilOrderCommand, stamp: Stamp) -> AuditEntry {
    let action = match &command.step {
        FulfilmentStep::Start => AuditAction::OrderStarted,
        FulfilmentStep::Ship(_) => AuditAction::OrderShipped,
        FulfilmentStep::Deliver => AuditAction::OrderDelivered,
        FulfilmentStep::Complete => AuditAction::OrderCompleted,
    };
    let order = command.order.raw();
    AuditEntry::new(command.actor, action, AuditTargetKind::Order, order, stamp.at)
}
