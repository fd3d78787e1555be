use async_trait::async_trait;
use domain::messaging::{DevMailbox, MailError, MailTransport, SentMail};
use shaku::Component;

/// Notes that a mail would have left, and never its text or its address.
#[derive(Component)]
#[shaku(interface = MailTransport)]
pub struct LogMailTransport;

#[async_trait]
impl MailTransport for LogMailTransport {
    async fn send(&self, mail: &SentMail) -> Result<(), MailError> {
        tracing::info!(mail_id = %mail.id, bytes = mail.text.len(), "mail not sent, only logged");
        Ok(())
    }
}

/// Keeps nothing.
#[derive(Component)]
#[shaku(interface = DevMailbox)]
pub struct NoMailbox;

#[async_trait]
impl DevMailbox for NoMailbox {
    async fn list(&self, _limit: usize) -> Result<Option<Vec<SentMail>>, MailError> {
        Ok(None)
    }
}
