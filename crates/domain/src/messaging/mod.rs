//! Messaging: mail that will be sent, and events nobody could handle.

mod dead_letter;
mod mail;
mod task;

pub use dead_letter::{
    DeadLetter, DeadLetterDesk, DeadLetterError, DeadLetterId, DeadLetterView, DeadLetters,
    Disposal, SettleDeadLetter, SettleDeadLetterCommand,
};
pub use mail::{
    DeliverMails, DevMailbox, Mail, MailContent, MailError, MailId, MailQueue, MailRenderer,
    MailSubject, MailTemplate, MailTransport, MessagingStore, MessagingUnitOfWork, OutgoingMail,
    OutgoingMailQueue, SentMail,
};
pub use task::{PushTask, PushTaskCommand, Task, TaskId, TaskPushed, TaskReads, TaskRepository};
