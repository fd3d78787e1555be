use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    identity::{
        EmailToken, EmailTokenError, EmailTokenId, EmailTokenPurpose, EmailTokens, IdentityStore,
        IdentityUnitOfWork, User, UserView, VerifyEmail, VerifyEmailCommand,
    },
    messaging::MailId,
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::leave_word::{Word, leave_word};
use crate::retry::retry_lost_races;

/// Implements [`VerifyEmail`].
#[derive(Component)]
#[shaku(interface = VerifyEmail)]
pub struct VerifyEmailUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    tokens: Arc<dyn EmailTokens>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl VerifyEmail for VerifyEmailUseCase {
    #[tracing::instrument(name = "identity.verify_email", skip_all)]
    async fn execute(&self, command: VerifyEmailCommand) -> Result<UserView, EmailTokenError> {
        let id = self.tokens.parse(&command.token).ok_or(EmailTokenError::BadToken)?;
        let stamp = stamp(&*self.clock, &*self.ids);
        let notice = MailId::new(self.ids.next());
        retry_lost_races(|| self.attempt(id, notice, stamp, &command.provenance)).await
    }
}

impl VerifyEmailUseCase {
    async fn attempt(
        &self,
        id: EmailTokenId,
        notice: MailId,
        stamp: Stamp,
        provenance: &Provenance,
    ) -> Result<UserView, EmailTokenError> {
        let mut uow = self.store.begin(provenance).await?;
        let token = uow.email_tokens().find(id).await?;
        let token = token.filter(|token| token.purpose != EmailTokenPurpose::Reset);
        let token = token.ok_or(EmailTokenError::BadToken)?;
        let user = uow.users().find(token.user).await?.filter(|user| token.is_about(user));
        let mut user = user.ok_or(EmailTokenError::BadToken)?;
        let has_address = user.profile.email == token.email;
        if has_address && user.state().is_verified {
            return Err(EmailTokenError::AlreadyVerified);
        }
        let moves = token.purpose == EmailTokenPurpose::Change;
        let replaced = moves.then(|| user.profile.email.clone());
        if !uow.email_tokens().spend(id, replaced.as_ref(), stamp.at).await? {
            return Err(EmailTokenError::BadToken);
        }
        user.prove_email(token.email.clone(), stamp);
        uow.users().update(&user).await?;
        if moves {
            note_move(&mut *uow, &user, &token, notice, stamp).await?;
        }
        uow.commit().await?;
        Ok(UserView::from(&user))
    }
}

/// Leaves word at the old address and in the audit log.
async fn note_move(
    uow: &mut dyn IdentityUnitOfWork,
    user: &User,
    token: &EmailToken,
    notice: MailId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let word = Word { mail: notice, event: stamp.event };
    leave_word(uow, token, word, stamp.at).await?;
    let by = AuditActor::User { user: user.id, role: user.profile.role, session: None };
    let (action, kind) = (AuditAction::EmailChanged, AuditTargetKind::User);
    uow.audit().record(AuditEntry::new(by, action, kind, user.id.raw(), stamp.at));
    Ok(())
}
