use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    identity::{
        ChangeEmail, ChangeEmailCommand, EmailToken, EmailTokenId, EmailTokenPurpose,
        IdentityStore, TooManyTries, UserError,
    },
    messaging::{Mail, MailId, MailTemplate},
    shared::{
        event::{EventId, Provenance},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`ChangeEmail`].
#[derive(Component)]
#[shaku(interface = ChangeEmail)]
pub struct ChangeEmailUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl ChangeEmail for ChangeEmailUseCase {
    #[tracing::instrument(name = "identity.change_email", skip_all)]
    async fn execute(&self, command: ChangeEmailCommand) -> Result<(), UserError> {
        let ChangeEmailCommand { actor, email, provenance } = command;
        let (id, now) = (EmailTokenId::new(self.ids.next()), self.clock.now());
        let token = EmailToken::new(id, actor.user, EmailTokenPurpose::Change, email, now);
        let mail = Mail {
            id: MailId::new(self.ids.next()),
            // No event asks for it: it is one of its own.
            event: EventId::new(self.ids.next()),
            template: MailTemplate::ConfirmEmail,
            recipient: actor.user,
            subject_id: token.id.raw(),
            created_at: now,
        };
        retry_lost_races(|| self.attempt(&token, &mail, &provenance)).await
    }
}

impl ChangeEmailUseCase {
    async fn attempt(
        &self,
        token: &EmailToken,
        mail: &Mail,
        provenance: &Provenance,
    ) -> Result<(), UserError> {
        let mut uow = self.store.begin(provenance).await?;
        let user = uow.users().find(token.user).await?.ok_or(UserError::NotFound)?;
        if user.profile.email == token.email {
            return Ok(());
        }
        if !uow.email_tokens().issue(token).await? {
            // Strangers are not to be written to again and again.
            let pause = Duration::from_secs(EmailToken::PAUSE.whole_seconds().unsigned_abs());
            return Err(TooManyTries::Wait(pause).into());
        }
        uow.mails().enqueue(mail).await?;
        Ok(uow.commit().await?)
    }
}
