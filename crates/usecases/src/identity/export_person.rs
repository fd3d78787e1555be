use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{ExportPerson, IdentityReads, IdentityStore, PersonExport},
    ordering::OrderReads,
    payments::PaymentReads,
    shared::{actor::Actor, error::StoreError, event::Provenance, ports::Clock},
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`ExportPerson`].
#[derive(Component)]
#[shaku(interface = ExportPerson)]
pub struct ExportPersonUseCase {
    #[shaku(inject)]
    identity: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    orders: Arc<dyn OrderReads>,
    #[shaku(inject)]
    payments: Arc<dyn PaymentReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl ExportPerson for ExportPersonUseCase {
    #[tracing::instrument(name = "identity.export_person", skip_all)]
    async fn execute(
        &self,
        actor: Actor,
        provenance: &Provenance,
    ) -> Result<Option<PersonExport>, StoreError> {
        let Some(user) = self.identity.user(actor.user).await? else { return Ok(None) };
        let orders = self.orders.recent(&[actor.user], u32::MAX).await?;
        let payments = self.payments.payments_by(actor.user).await?;
        // Noted before anything is handed out.
        retry_lost_races(|| self.note(actor, provenance)).await?;
        Ok(Some(PersonExport { user, orders, payments }))
    }
}

impl ExportPersonUseCase {
    async fn note(&self, actor: Actor, provenance: &Provenance) -> Result<(), StoreError> {
        let mut uow = self.store.begin(provenance).await?;
        let (action, kind, id) =
            (AuditAction::UserExported, AuditTargetKind::User, actor.user.raw());
        uow.audit().record(AuditEntry::new(actor, action, kind, id, self.clock.now()));
        uow.commit().await
    }
}
