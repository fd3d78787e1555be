//! Messaging: mail that will be sent, and events nobody could handle.

mod dead_letter;
mod mail;

pub use dead_letter::{DeadLetter, DeadLetterId, DeadLetters};
pub use mail::{
    DeliverMails, DevMailbox, Mail, MailContent, MailError, MailId, MailQueue, MailRenderer,
    MailTemplate, MailTransport, MessagingStore, MessagingUnitOfWork, OutgoingMail,
    OutgoingMailQueue, SentMail,
};
