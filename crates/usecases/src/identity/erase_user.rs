use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{
        EraseUser, EraseUserCommand, IdentityStore, Role, SessionId, UserError, may_look_after,
    },
    shared::{
        actor::Forbidden,
        announcements::Announcements,
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::ended_sessions::announce_ended;
use crate::retry::retry_lost_races;

/// Implements [`EraseUser`].
#[derive(Component)]
#[shaku(interface = EraseUser)]
pub struct EraseUserUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EraseUser for EraseUserUseCase {
    #[tracing::instrument(name = "identity.erase_user", skip_all)]
    async fn execute(&self, command: EraseUserCommand) -> Result<(), UserError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        let ended = retry_lost_races(|| self.attempt(&command, stamp)).await?;
        announce_ended(&*self.announcements, &ended).await;
        Ok(())
    }
}

impl EraseUserUseCase {
    async fn attempt(
        &self,
        command: &EraseUserCommand,
        stamp: Stamp,
    ) -> Result<Vec<SessionId>, UserError> {
        let EraseUserCommand { actor, user, provenance } = command;
        let mut uow = self.store.begin(provenance).await?;
        // Only a super admin erases one.
        let admins = if actor.role == Role::SuperAdmin {
            uow.users().super_admins().await?
        } else {
            Vec::new()
        };
        let mut user = uow.users().find(*user).await?.ok_or(UserError::NotFound)?;
        if actor.user != user.id && !may_look_after(actor, user.profile.role) {
            return Err(Forbidden.into());
        }
        if user.is_active_super_admin() && !admins.iter().any(|other| *other != user.id) {
            return Err(UserError::LastSuperAdmin);
        }
        user.erase(stamp);
        uow.users().update(&user).await?;
        let ended = uow.sessions().revoke(user.id, None, stamp.at).await?;
        let (action, kind) = (AuditAction::UserErased, AuditTargetKind::User);
        uow.audit().record(AuditEntry::new(*actor, action, kind, user.id.raw(), stamp.at));
        uow.commit().await?;
        Ok(ended)
    }
}
