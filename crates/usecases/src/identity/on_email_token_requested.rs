use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        EmailRequest, EmailRequestId, EmailRequestKind, EmailToken, EmailTokenId, IdentityStore,
        IdentityUnitOfWork,
    },
    messaging::{Mail, MailId, MailTemplate},
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        error::StoreError,
        event::{DomainEvent, EventEnvelope},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

const CONSUMER: &str = "email_token_mail";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber = Subscriber {
    consumer: CONSUMER,
    events: &["identity.verification_requested.v1", "identity.password_reset_requested.v1"],
};

/// Decides whether anybody is mailed the token that was asked for, and says nothing about it.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct SendEmailToken {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl EventHandler for SendEmailToken {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "identity.send_email_token", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let request = match &event.event {
            DomainEvent::VerificationRequested(requested) => requested.request_id,
            DomainEvent::PasswordResetRequested(requested) => requested.request_id,
            other => return Err(HandleError::Poison(format!("not wanted: {}", other.name()))),
        };
        retry_lost_races(|| self.attempt(event, request)).await?;
        Ok(())
    }
}

impl SendEmailToken {
    async fn attempt(
        &self,
        event: &EventEnvelope,
        request: EmailRequestId,
    ) -> Result<(), StoreError> {
        let mut uow = self.store.begin(&event.reaction()).await?;
        if !uow.inbox().first_time(CONSUMER, event.id, self.clock.now()).await? {
            return Ok(());
        }
        if let Some(request) = uow.email_tokens().take_request(request).await? {
            self.decide(&mut *uow, event, &request).await?;
        }
        uow.commit().await
    }

    async fn decide(
        &self,
        uow: &mut dyn IdentityUnitOfWork,
        event: &EventEnvelope,
        request: &EmailRequest,
    ) -> Result<(), StoreError> {
        let Some(user) = uow.users().find_by_email(&request.email_key).await? else {
            return Ok(());
        };
        let state = user.state();
        let (template, is_of_use) = match request.kind {
            EmailRequestKind::Verify => (MailTemplate::VerifyEmail, !state.is_verified),
            EmailRequestKind::Reset => (MailTemplate::ResetPassword, true),
        };
        if !(state.is_active && is_of_use) {
            return Ok(());
        }
        let (id, purpose, now) =
            (EmailTokenId::new(self.ids.next()), request.kind.purpose(), self.clock.now());
        // Mail goes to the stored address, however it was spelt now.
        let token = EmailToken::new(id, user.id, purpose, user.profile.email.clone(), now);
        if !uow.email_tokens().issue(&token).await? {
            return Ok(());
        }
        let mail = Mail {
            id: MailId::new(self.ids.next()),
            event: event.id,
            template,
            recipient: user.id,
            subject_id: token.id.raw(),
            created_at: now,
        };
        uow.mails().enqueue(&mail).await.map(drop)
    }
}
