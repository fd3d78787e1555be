use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use domain::{
    identity::{EmailToken, EmailTokenId, EmailTokenReads, EmailTokens, IdentityReads, UserView},
    messaging::{
        DeliverMails, Mail, MailContent, MailError, MailRenderer, MailSubject, MailTemplate,
        MailTransport, OutgoingMail, OutgoingMailQueue,
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

/// What is sent to whom.
struct Letter {
    to: String,
    content: MailContent,
}

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
    token_reads: Arc<dyn EmailTokenReads>,
    #[shaku(inject)]
    tokens: Arc<dyn EmailTokens>,
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
        let letter = match self.letter(mail, &recipient).await? {
            Ok(letter) => letter,
            Err(reason) => return self.queue.mark_failed(mail.id, reason, None).await,
        };
        match self.send(mail, &letter).await {
            Ok(()) => self.queue.mark_sent(mail.id, self.clock.now()).await,
            Err(error) => self.note_failure(outgoing, &error).await,
        }
    }

    /// What is sent where, or why nothing can be.
    async fn letter(
        &self,
        mail: &Mail,
        recipient: &UserView,
    ) -> Result<Result<Letter, &'static str>, StoreError> {
        let (to, about) = match mail.template {
            MailTemplate::Welcome => (recipient.email.clone(), MailSubject::Account),
            MailTemplate::VerifyEmail
            | MailTemplate::ResetPassword
            | MailTemplate::ConfirmEmail => {
                let token = self.token(mail).await?;
                let Some(token) = token.filter(|token| token.is_live(self.clock.now())) else {
                    return Ok(Err("the token is over"));
                };
                let text = self.tokens.text(token.id);
                (token.email.as_str().to_owned(), MailSubject::Token(text))
            }
            MailTemplate::EmailChanged => {
                let token = self.token(mail).await?;
                let Some(replaced) = token.and_then(|token| token.replaced) else {
                    return Ok(Err("the old address is gone"));
                };
                (replaced.as_str().to_owned(), MailSubject::Account)
            }
            MailTemplate::OrderPaid
            | MailTemplate::OrderShipped
            | MailTemplate::OrderCancelled
            | MailTemplate::OrderRefunded
            | MailTemplate::PaymentFailed => {
                let order = self.orders.order(OrderId::new(mail.subject_id), None).await?;
                let Some(order) = order else { return Ok(Err("the order is gone")) };
                (recipient.email.clone(), MailSubject::Order(Box::new(order)))
            }
        };
        let (template, locale) = (mail.template, recipient.locale);
        let name = greeting_name(recipient);
        Ok(Ok(Letter { to, content: MailContent { template, locale, name, about } }))
    }

    async fn token(&self, mail: &Mail) -> Result<Option<EmailToken>, StoreError> {
        self.token_reads.email_token(EmailTokenId::new(mail.subject_id)).await
    }

    async fn send(&self, mail: &Mail, letter: &Letter) -> Result<(), MailError> {
        let now = self.clock.now();
        let rendered = self.renderer.render(mail.id, &letter.to, &letter.content, now)?;
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
