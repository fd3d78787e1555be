use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{IdentityStore, LogOut, LogOutCommand, LogOutError, OwnSessions, SessionId},
    shared::{announcements::Announcements, ports::Clock},
};
use shaku::Component;

use super::ended_sessions::announce_ended;
use crate::retry::retry_lost_races;

/// Implements [`LogOut`].
#[derive(Component)]
#[shaku(interface = LogOut)]
pub struct LogOutUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl LogOut for LogOutUseCase {
    #[tracing::instrument(name = "identity.log_out", skip_all)]
    async fn execute(&self, command: LogOutCommand) -> Result<(), LogOutError> {
        let ended = retry_lost_races(|| self.attempt(&command)).await?;
        announce_ended(&*self.announcements, &ended).await;
        Ok(())
    }
}

impl LogOutUseCase {
    async fn attempt(&self, command: &LogOutCommand) -> Result<Vec<SessionId>, LogOutError> {
        let LogOutCommand { actor, which, provenance } = command;
        let only = match which {
            // A key for programs has no session to end.
            OwnSessions::This => match actor.session {
                Some(session) => Some(session),
                None => return Ok(Vec::new()),
            },
            OwnSessions::One(session) => Some(*session),
            OwnSessions::All => None,
        };
        let now = self.clock.now();
        let mut uow = self.store.begin(provenance).await?;
        let ended = uow.sessions().revoke(actor.user, only, now).await?;
        if ended.is_empty() && matches!(which, OwnSessions::One(_)) {
            return Err(LogOutError::NotFound);
        }
        // Leaving is nobody else's business; ending what another device does is.
        if *which != OwnSessions::This {
            let (action, kind) = (AuditAction::SessionRevoked, AuditTargetKind::User);
            let entry = AuditEntry::new(*actor, action, kind, actor.user.raw(), now);
            uow.audit().record(entry.with("count", ended.len()));
        }
        uow.commit().await?;
        Ok(ended)
    }
}
