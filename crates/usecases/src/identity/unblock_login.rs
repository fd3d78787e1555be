use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{
        IdentityReads, IdentityStore, Knocker, LoginGuard, UnblockLogin, UnblockLoginCommand,
        UserError,
    },
    shared::{error::StoreError, ports::Clock},
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`UnblockLogin`].
#[derive(Component)]
#[shaku(interface = UnblockLogin)]
pub struct UnblockLoginUseCase {
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    guard: Arc<dyn LoginGuard>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl UnblockLogin for UnblockLoginUseCase {
    #[tracing::instrument(name = "identity.unblock_login", skip_all)]
    async fn execute(&self, command: UnblockLoginCommand) -> Result<(), UserError> {
        let UnblockLoginCommand { actor, user, provenance } = command;
        if self.reads.user(user).await?.is_none() {
            return Err(UserError::NotFound);
        }
        let (kind, now) = (AuditTargetKind::User, self.clock.now());
        let entry = AuditEntry::new(actor, AuditAction::LoginUnblocked, kind, user.raw(), now);
        retry_lost_races(async || -> Result<(), StoreError> {
            let mut uow = self.store.begin(&provenance).await?;
            uow.audit().record(entry.clone());
            uow.commit().await
        })
        .await?;
        // Dying before this leaves an entry too many: asking again helps.
        self.guard.forget(&Knocker::account(user)).await;
        Ok(())
    }
}
