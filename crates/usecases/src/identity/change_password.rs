use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{
        AcceptPassword, ChangePassword, ChangePasswordCommand, EmailTokenPurpose, IdentityReads,
        IdentityStore, Knocker, LoginGuard, PasswordHasher, PasswordOwner, SessionId, UserError,
    },
    shared::{actor::Forbidden, announcements::Announcements, error::StoreError, ports::Clock},
};
use shaku::Component;

use super::ended_sessions::announce_ended;
use crate::retry::retry_lost_races;

/// Implements [`ChangePassword`].
#[derive(Component)]
#[shaku(interface = ChangePassword)]
pub struct ChangePasswordUseCase {
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    guard: Arc<dyn LoginGuard>,
    #[shaku(inject)]
    accept_password: Arc<dyn AcceptPassword>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl ChangePassword for ChangePasswordUseCase {
    #[tracing::instrument(name = "identity.change_password", skip_all)]
    async fn execute(&self, command: ChangePasswordCommand) -> Result<(), UserError> {
        // A key for programs is no person who knows a password.
        let session = command.actor.session.ok_or(Forbidden)?;
        let knocker = Knocker::session(session);
        self.guard.admit(&knocker).await?;
        let done = retry_lost_races(|| self.attempt(&command, session)).await;
        match &done {
            Ok(_) => self.guard.forget(&knocker).await,
            Err(UserError::WrongPassword) => {}
            Err(_) => self.guard.take_back(&knocker).await,
        }
        let ended = done?;
        announce_ended(&*self.announcements, &ended).await;
        Ok(())
    }
}

impl ChangePasswordUseCase {
    /// Hashing takes its time, so that it is done before the unit of work; what was verified has
    /// to be the password still when that begins.
    async fn attempt(
        &self,
        command: &ChangePasswordCommand,
        session: SessionId,
    ) -> Result<Vec<SessionId>, UserError> {
        let (actor, now) = (&command.actor, self.clock.now());
        let verified = self.verify(command).await?;
        let person = self.reads.user(actor.user).await?.ok_or(UserError::NotFound)?;
        let owner = PasswordOwner {
            role: person.role,
            email: &person.email,
            username: person.username.as_deref(),
        };
        let next = self.accept_password.execute(&command.new, &owner).await?;

        let mut uow = self.store.begin(&command.provenance).await?;
        let mut user = uow.users().find(actor.user).await?.ok_or(UserError::NotFound)?;
        if user.password_hash != verified {
            return Err(StoreError::Conflict.into());
        }
        user.change_password(next, now);
        uow.users().update(&user).await?;
        uow.email_tokens().spend_all(user.id, EmailTokenPurpose::Reset, now).await?;
        let ended = uow.sessions().revoke_others(user.id, session, now).await?;
        let (action, kind) = (AuditAction::PasswordChanged, AuditTargetKind::User);
        let entry = AuditEntry::new(*actor, action, kind, user.id.raw(), now);
        uow.audit().record(entry.with("sessions_ended", ended.len()));
        uow.commit().await?;
        Ok(ended)
    }

    /// The hash of the current password, when it was given.
    async fn verify(&self, command: &ChangePasswordCommand) -> Result<String, UserError> {
        let known = self.reads.credentials_of(command.actor.user).await?;
        let hash = known.ok_or(UserError::NotFound)?.password_hash;
        if self.hasher.verify(&command.current, Some(&hash)).await? {
            Ok(hash)
        } else {
            Err(UserError::WrongPassword)
        }
    }
}
