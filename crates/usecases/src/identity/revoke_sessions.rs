use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{IdentityStore, RevokeSessions, RevokeSessionsCommand, SessionId},
    shared::{announcements::Announcements, error::StoreError, ports::Clock},
};
use shaku::Component;

use super::ended_sessions::announce_ended;
use crate::retry::retry_lost_races;

/// Implements [`RevokeSessions`].
#[derive(Component)]
#[shaku(interface = RevokeSessions)]
pub struct RevokeSessionsUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl RevokeSessions for RevokeSessionsUseCase {
    #[tracing::instrument(name = "identity.revoke_sessions", skip_all)]
    async fn execute(&self, command: RevokeSessionsCommand) -> Result<Vec<SessionId>, StoreError> {
        let ended = retry_lost_races(|| self.attempt(&command)).await?;
        announce_ended(&*self.announcements, &ended).await;
        Ok(ended)
    }
}

impl RevokeSessionsUseCase {
    async fn attempt(&self, command: &RevokeSessionsCommand) -> Result<Vec<SessionId>, StoreError> {
        let RevokeSessionsCommand { by, user, only, provenance } = command;
        let now = self.clock.now();
        let mut uow = self.store.begin(provenance).await?;
        let ended = uow.sessions().revoke(*user, *only, now).await?;
        if ended.is_empty() {
            return Ok(ended);
        }
        let mut entry = AuditEntry::new(
            *by,
            AuditAction::SessionRevoked,
            AuditTargetKind::User,
            user.raw(),
            now,
        );
        if let Some(session) = *only {
            entry = entry.with("session", session);
        }
        uow.audit().record(entry.with("count", ended.len()));
        uow.commit().await?;
        Ok(ended)
    }
}
