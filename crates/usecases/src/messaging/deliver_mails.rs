use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use domain::{
    identity::{IdentityReads, UserView},
    messaging::{
        DeliverMails, Mail, MailContent, MailError, MailRenderer, MailTemplate, MailTransport,
        OutgoingMail, OutgoingMailQueue,
    },
    ordering::{OrderId, OrderReads},
    shared::{error::StoreError, ports::Clock},
};
use shaku::Component;
use time::Duration;

/// How long a mail is ours to send.
const CLAIM: Duration = Duration::seconds(60);
/// How often a mail is tried before it is given up.
const MAX_ATTEMPTS: u32 = 10;
/// Wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::seconds(10);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::hours(1);

/// Implements [`DeliverMails`].
#[derive(Component)]
#[shaku(interface = DeliverMails)]
pub struct DeliverMailsUseCase {
    #[shaku(inject)]
    queue: Arc<dyn OutgoingMailQueue>,
    #[shaku(inject)]
    identity: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    orders: Arc<dyn OrderReads>,
    #[shaku(inject)]
    renderer: Arc<dyn MailRenderer>,
    #[shaku(inject)]
    transport: Arc<dyn MailTransport>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl DeliverMails for DeliverMailsUseCase {
    #[tracing::instrument(name = "messaging.deliver_mails", skip_all)]
    async fn execute(&self, limit: u32) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut dealt_with = 0;
        for outgoing in self.queue.claim(limit, now, now + CLAIM).await? {
            self.deliver(&outgoing).await?;
            dealt_with += 1;
        }
        Ok(dealt_with)
    }
}

impl DeliverMailsUseCase {
    async fn deliver(&self, outgoing: &OutgoingMail) -> Result<(), StoreError> {
        let mail = &outgoing.mail;
        let Some(recipient) = self.identity.user(mail.recipient).await? else {
            return self.queue.mark_failed(mail.id, "the recipient is gone", None).await;
        };
        let Some(content) = self.content(mail, &recipient).await? else {
            return self.queue.mark_failed(mail.id, "the order is gone", None).await;
        };
        match self.send(mail, &recipient, &content).await {
            Ok(()) => self.queue.mark_sent(mail.id, self.clock.now()).await,
            Err(error) => self.note_failure(outgoing, &error).await,
        }
    }

    async fn content(
        &self,
        mail: &Mail,
        recipient: &UserView,
    ) -> Result<Option<MailContent>, StoreError> {
        let name = greeting_name(recipient);
        match mail.template {
            MailTemplate::Welcome => Ok(Some(MailContent::Welcome { name })),
            MailTemplate::OrderPaid => {
                let order = self.orders.order(OrderId::new(mail.subject_id), None).await?;
                Ok(order.map(|order| MailContent::OrderPaid { name, order: Box::new(order) }))
            }
        }
    }

    async fn send(
        &self,
        mail: &Mail,
        recipient: &UserView,
        content: &MailContent,
    ) -> Result<(), MailError> {
        let now = self.clock.now();
        let rendered = self.renderer.render(mail.id, &recipient.email, content, now)?;
        self.transport.send(&rendered).await
    }

    async fn note_failure(
        &self,
        outgoing: &OutgoingMail,
        error: &MailError,
    ) -> Result<(), StoreError> {
        let next = match error {
            MailError::Render(_) => None,
            MailError::Transport(_) => {
                wait_after(outgoing.attempts).map(|wait| self.clock.now() + wait)
            }
        };
        let (mail, reason) = (outgoing.mail.id, reason(error));
        if next.is_some() {
            tracing::warn!(%mail, reason, "a mail did not leave yet");
        } else {
            tracing::error!(%mail, reason, "a mail was given up");
        }
        self.queue.mark_failed(mail, &reason, next).await
    }
}

/// Wait before the next attempt after `earlier` attempts and one more failed; `None` when that
/// was the last.
fn wait_after(earlier: u32) -> Option<Duration> {
    if earlier.saturating_add(1) >= MAX_ATTEMPTS {
        return None;
    }
    Some(FIRST_WAIT.saturating_mul(2_i32.saturating_pow(earlier)).min(LONGEST_WAIT))
}

fn greeting_name(user: &UserView) -> String {
    user.first_name.as_ref().or(user.username.as_ref()).unwrap_or(&user.email).clone()
}

/// The error with everything that caused it, for whoever looks into the queue.
fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
