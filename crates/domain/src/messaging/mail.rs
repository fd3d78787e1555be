use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use shaku::Interface;
use time::OffsetDateTime;

use super::{DeadLetterDesk, TaskRepository};
use crate::{
    identity::{Locale, Secret, UserId},
    ordering::OrderView,
    shared::{
        error::{Cause, StoreError},
        event::{EventId, Provenance},
        ports::UnitOfWork,
    },
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a mail.
    MailId
);

text_enum!(
    /// What a mail says.
    MailTemplate {
        /// An account was made.
        Welcome = "welcome",
        /// Somebody shall prove the address of the account.
        VerifyEmail = "verify_email",
        /// Somebody shall set a new password.
        ResetPassword = "reset_password",
        /// Somebody shall prove the address the account moves to.
        ConfirmEmail = "confirm_email",
        /// The account moved away from this address.
        EmailChanged = "email_changed",
        /// An order was paid.
        OrderPaid = "order_paid",
        /// Goods of an order left.
        OrderShipped = "order_shipped",
        /// An order was called off.
        OrderCancelled = "order_cancelled",
        /// Money for an order went back.
        OrderRefunded = "order_refunded",
        /// A payment for an order failed.
        PaymentFailed = "payment_failed",
    }
);

/// A mail that was decided on and not sent yet. It carries no text, no address and no secret: it
/// is rendered from current data when it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Identity; also the `Message-ID`, so that a repeated sending can be told.
    pub id: MailId,
    /// The event it is sent for: one mail for each event and template.
    pub event: EventId,
    /// What it says.
    pub template: MailTemplate,
    /// Who gets it.
    pub recipient: UserId,
    /// What it is about, such as the id of an order or of a mailed token.
    pub subject_id: uuid::Uuid,
    /// When it was decided on.
    pub created_at: OffsetDateTime,
}

/// A claimed mail together with what is needed to send it.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// The mail.
    pub mail: Mail,
    /// Attempts to send it before this one.
    pub attempts: u32,
}

/// What a mail says.
#[derive(Clone, Debug)]
pub struct MailContent {
    /// By which template.
    pub template: MailTemplate,
    /// In which language.
    pub locale: Locale,
    /// Name to greet.
    pub name: String,
    /// What else it is filled with.
    pub about: MailSubject,
}

/// What a mail is about.
#[derive(Clone, Debug)]
pub enum MailSubject {
    /// The account.
    Account,
    /// What a mailed token is good for.
    Token(Secret),
    /// An order.
    Order(Box<OrderView>),
}

/// A rendered mail, also as the development mailbox shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMail {
    /// Identity.
    pub id: MailId,
    /// Address it goes to.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Mails inside one unit of work.
#[async_trait]
pub trait MailQueue: Send {
    /// Queues a mail; `false` when one for this event and template is queued already.
    async fn enqueue(&mut self, mail: &Mail) -> Result<bool, StoreError>;
}

/// Everything a reaction may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait MessagingUnitOfWork: UnitOfWork {
    /// Mails.
    fn mails(&mut self) -> &mut dyn MailQueue;

    /// Dead letters.
    fn dead_letters(&mut self) -> &mut dyn DeadLetterDesk;

    /// Tasks.
    fn tasks(&mut self) -> &mut dyn TaskRepository;
}

/// Opens units of work for reactions.
#[async_trait]
pub trait MessagingStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn MessagingUnitOfWork>, StoreError>;
}

/// The queue as the sender sees it; rows are claimed for a while, and no transaction stays open
/// while a mail leaves.
#[async_trait]
pub trait OutgoingMailQueue: Interface {
    /// Claims up to `limit` mails that are due until `until`.
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<OutgoingMail>, StoreError>;
    /// It left.
    async fn mark_sent(&self, id: MailId, now: OffsetDateTime) -> Result<(), StoreError>;
    /// It did not leave; try again at `next`, or never when `None`.
    async fn mark_failed(
        &self,
        id: MailId,
        reason: &str,
        next: Option<OffsetDateTime>,
    ) -> Result<(), StoreError>;
}

/// Sends what is queued.
#[async_trait]
pub trait DeliverMails: Interface {
    /// Sends what is due, at most `limit`; answers how many it dealt with.
    async fn execute(&self, limit: u32) -> Result<u32, StoreError>;
}

/// Turns a template and its content into text.
pub trait MailRenderer: Interface {
    /// Renders a mail for `to`.
    fn render(
        &self,
        id: MailId,
        to: &str,
        content: &MailContent,
        now: OffsetDateTime,
    ) -> Result<SentMail, MailError>;
}

/// Takes a mail to its recipient.
#[async_trait]
pub trait MailTransport: Interface {
    /// Sends it. Sending the same [`MailId`] again shows one mail where the transport can tell.
    async fn send(&self, mail: &SentMail) -> Result<(), MailError>;
}

/// Mails kept for the developer instead of being sent.
#[async_trait]
pub trait DevMailbox: Interface {
    /// Newest first; `None` when mail really leaves and nothing is kept.
    async fn list(&self, limit: usize) -> Result<Option<Vec<SentMail>>, MailError>;
}

/// A mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The template or its content is wrong; trying again cannot help.
    #[error("the mail cannot be rendered")]
    Render(#[source] Cause),
    /// The transport does not take it now.
    #[error("the mail was not taken")]
    Transport(#[source] Cause),
}
