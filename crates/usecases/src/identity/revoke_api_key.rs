use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{ApiKeyError, IdentityStore, RevokeApiKey, RevokeApiKeyCommand},
    shared::ports::Clock,
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`RevokeApiKey`].
#[derive(Component)]
#[shaku(interface = RevokeApiKey)]
pub struct RevokeApiKeyUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl RevokeApiKey for RevokeApiKeyUseCase {
    #[tracing::instrument(name = "identity.revoke_api_key", skip_all)]
    async fn execute(&self, command: RevokeApiKeyCommand) -> Result<(), ApiKeyError> {
        let now = self.clock.now();
        retry_lost_races(|| self.attempt(&command, now)).await
    }
}

impl RevokeApiKeyUseCase {
    async fn attempt(
        &self,
        command: &RevokeApiKeyCommand,
        now: OffsetDateTime,
    ) -> Result<(), ApiKeyError> {
        let RevokeApiKeyCommand { owner, by, key, .. } = *command;
        let mut uow = self.store.begin(&command.provenance).await?;
        if !uow.api_keys().revoke(owner, key, now).await? {
            return Err(ApiKeyError::NotFound);
        }
        let (action, kind) = (AuditAction::ApiKeyRevoked, AuditTargetKind::ApiKey);
        uow.audit().record(AuditEntry::new(by, action, kind, key.raw(), now));
        Ok(uow.commit().await?)
    }
}
