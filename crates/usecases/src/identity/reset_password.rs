use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    identity::{
        AcceptPassword, EmailToken, EmailTokenPurpose, EmailTokenReads, EmailTokens, IdentityReads,
        IdentityStore, Knocker, LoginGuard, PasswordOwner, ResetPassword, ResetPasswordCommand,
        ResetPasswordError, SessionId,
    },
    shared::{
        announcements::Announcements,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::ended_sessions::announce_ended;
use crate::retry::retry_lost_races;

/// Implements [`ResetPassword`].
#[derive(Component)]
#[shaku(interface = ResetPassword)]
pub struct ResetPasswordUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    tokens: Arc<dyn EmailTokens>,
    #[shaku(inject)]
    token_reads: Arc<dyn EmailTokenReads>,
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    accept_password: Arc<dyn AcceptPassword>,
    #[shaku(inject)]
    guard: Arc<dyn LoginGuard>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl ResetPassword for ResetPasswordUseCase {
    #[tracing::instrument(name = "identity.reset_password", skip_all)]
    async fn execute(&self, command: ResetPasswordCommand) -> Result<(), ResetPasswordError> {
        let bad = || ResetPasswordError::BadToken;
        let id = self.tokens.parse(&command.token).ok_or_else(bad)?;
        let stamp = stamp(&*self.clock, &*self.ids);
        let now = stamp.at;
        // Looked at before, so that a token that is over costs no hash.
        let token = self.token_reads.email_token(id).await?;
        let is_good =
            |token: &EmailToken| token.purpose == EmailTokenPurpose::Reset && token.is_live(now);
        let token = token.filter(is_good).ok_or_else(bad)?;
        let person = self.reads.user(token.user).await?.ok_or_else(bad)?;
        let owner = PasswordOwner {
            role: person.role,
            email: &person.email,
            username: person.username.as_deref(),
        };
        let hash = self.accept_password.execute(&command.password, &owner).await?;
        let ended =
            retry_lost_races(|| self.attempt(&token, &hash, stamp, &command.provenance)).await?;
        announce_ended(&*self.announcements, &ended).await;
        // Whoever guessed at the old password does not keep its owner from the new one.
        self.guard.forget(&Knocker::account(token.user)).await;
        Ok(())
    }
}

impl ResetPasswordUseCase {
    async fn attempt(
        &self,
        token: &EmailToken,
        hash: &str,
        stamp: Stamp,
        provenance: &Provenance,
    ) -> Result<Vec<SessionId>, ResetPasswordError> {
        let now = stamp.at;
        let mut uow = self.store.begin(provenance).await?;
        let user = uow.users().find(token.user).await?.filter(|user| token.is_about(user));
        let mut user = user.ok_or(ResetPasswordError::BadToken)?;
        if !uow.email_tokens().spend(token.id, None, now).await? {
            return Err(ResetPasswordError::BadToken);
        }
        user.change_password(hash.to_owned(), now);
        if !user.state().is_verified {
            user.prove_email(token.email.clone(), stamp);
        }
        uow.users().update(&user).await?;
        uow.email_tokens().spend_all(user.id, EmailTokenPurpose::Reset, now).await?;
        let ended = uow.sessions().revoke(user.id, None, now).await?;
        let by = AuditActor::User { user: user.id, role: user.profile.role, session: None };
        let (action, kind) = (AuditAction::PasswordReset, AuditTargetKind::User);
        let entry = AuditEntry::new(by, action, kind, user.id.raw(), now);
        uow.audit().record(entry.with("sessions_ended", ended.len()));
        uow.commit().await?;
        Ok(ended)
    }
}
