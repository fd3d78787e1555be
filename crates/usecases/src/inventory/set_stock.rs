use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    inventory::{
        InventoryStore, MovementId, SetStock, SetStockCommand, SetStockError, StockLevelId,
        VariantStock,
    },
    shared::ports::{Clock, IdGenerator},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`SetStock`].
#[derive(Component)]
#[shaku(interface = SetStock)]
pub struct SetStockUseCase {
    #[shaku(inject)]
    store: Arc<dyn InventoryStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl SetStock for SetStockUseCase {
    #[tracing::instrument(name = "inventory.set_stock", skip_all)]
    async fn execute(&self, command: SetStockCommand) -> Result<VariantStock, SetStockError> {
        let level = StockLevelId::new(self.ids.next());
        let movement = MovementId::new(self.ids.next());
        let now = self.clock.now();
        retry_lost_races(|| self.attempt(&command, level, movement, now)).await
    }
}

impl SetStockUseCase {
    async fn attempt(
        &self,
        command: &SetStockCommand,
        level: StockLevelId,
        movement: MovementId,
        now: OffsetDateTime,
    ) -> Result<VariantStock, SetStockError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let Some(mut stock) = uow.recounts().find(command.key).await? else {
            return Err(SetStockError::NotFound);
        };
        let Some(recount) = stock.recount(&command.counted, level, movement, now)? else {
            return Ok(stock);
        };
        stock.counters = uow.recounts().store(&recount).await?;
        stock.level = Some(recount.level);
        stock.is_counted = recount.is_counted;
        let (action, kind) = (AuditAction::StockAdjusted, AuditTargetKind::Variant);
        let entry = AuditEntry::new(command.actor, action, kind, stock.variant.raw(), now);
        uow.audit()
            .record(entry.with("product", stock.product).with("difference", recount.difference()));
        uow.commit().await?;
        Ok(stock)
    }
}
