//! Mail that really leaves (SMTP, RFC 5321).

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use domain::{
    messaging::{MailError, MailTransport, SentMail},
    shared::{error::Cause, ports::HealthCheck},
};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{Mailbox, MultiPart},
    transport::smtp::{self, PoolConfig, extension::ClientId},
};
use shaku::Component;

/// How a mail server is reached, and who writes.
#[derive(Clone)]
pub struct SmtpSettings {
    /// `smtp://` or `smtps://`, with who signs in; `?tls=required` asks for STARTTLS.
    pub url: String,
    /// Address mails come from.
    pub from: String,
    /// Name they come from.
    pub from_name: String,
    /// Longest wait for the server, for each step.
    pub timeout: Duration,
}

/// The settings name no server, or no sender.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSmtpSettings {
    /// The address of the server cannot be read; it may hold a password and is not told.
    #[error("the address of the mail server cannot be read")]
    Url,
    /// Nobody to write as.
    #[error("the address mails come from is not one")]
    From(#[source] AddressError),
}

/// A mail server that takes what we send; connections are kept for the next mail.
#[derive(Clone)]
pub struct SmtpServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpServer {
    /// Connects when the first mail leaves.
    ///
    /// # Errors
    /// [`InvalidSmtpSettings`].
    pub fn new(settings: &SmtpSettings) -> Result<Self, InvalidSmtpSettings> {
        let address: Address = settings.from.parse().map_err(InvalidSmtpSettings::From)?;
        // What lettre says of a bad address may quote it.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|_quotes_it| InvalidSmtpSettings::Url)?;
        let transport = builder
            .hello_name(ClientId::Domain(address.domain().to_owned()))
            .timeout(Some(settings.timeout))
            .pool_config(PoolConfig::new().max_size(4))
            .build();
        let from = Mailbox::new(Some(settings.from_name.clone()), address);
        Ok(Self { transport, from })
    }

    fn message(&self, mail: &SentMail) -> Result<Message, Cause> {
        let domain = self.from.email.domain();
        let to: Address = mail.to.parse()?;
        // Sent again, it is the same mail: many a mailbox shows it once.
        let message = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .date(SystemTime::from(mail.created_at))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?;
        Ok(message)
    }
}

/// Sends mails by way of a [`SmtpServer`].
#[derive(Component)]
#[shaku(interface = MailTransport)]
pub struct SmtpMailTransport {
    /// The server.
    pub server: SmtpServer,
}

#[async_trait]
impl MailTransport for SmtpMailTransport {
    async fn send(&self, mail: &SentMail) -> Result<(), MailError> {
        let message = self.server.message(mail).map_err(MailError::Render)?;
        let sent = self.server.transport.send(message).await;
        sent.map_err(|error| MailError::Transport(told(error)))?;
        Ok(())
    }
}

/// Whether a [`SmtpServer`] lets us in.
pub struct SmtpHealth {
    /// The server.
    pub server: SmtpServer,
}

#[async_trait]
impl HealthCheck for SmtpHealth {
    fn service(&self) -> &'static str {
        "mail"
    }

    fn is_essential(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Cause> {
        match self.server.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server hung up".into()),
            Err(error) => Err(told(error)),
        }
    }
}

/// What a server answers may quote addresses, which are not for the log.
fn told(error: smtp::Error) -> Cause {
    match error.status() {
        Some(code) => format!("the mail server answered {code}").into(),
        None => error.into(),
    }
}

#[cfg(test)]
mod tests;
