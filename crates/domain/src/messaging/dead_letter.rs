use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use crate::{
    audit::AuditActor,
    shared::{
        error::{Coded, ErrorKind, StoreError},
        event::{EventEnvelope, EventId, Provenance},
        page::{Page, Window},
    },
    typed_id,
};

typed_id!(
    /// Identity of a dead letter.
    DeadLetterId
);

/// An event one consumer could not handle, kept for a human.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Identity.
    pub id: DeadLetterId,
    /// Who could not handle it.
    pub consumer: String,
    /// Why not.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The event.
    pub event: EventEnvelope,
    /// When it was given up.
    pub created_at: OffsetDateTime,
}

/// A dead letter as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterView {
    /// Identity.
    pub id: DeadLetterId,
    /// Who could not handle it.
    pub consumer: String,
    /// Which event.
    pub event: EventId,
    /// Why not.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The event as JSON, as it arrived.
    pub envelope: String,
    /// When it was given up.
    pub created_at: OffsetDateTime,
}

/// Events nobody could handle.
#[async_trait]
pub trait DeadLetters: Interface {
    /// Keeps one; a second one of the same consumer and event changes nothing.
    async fn keep(&self, letter: &DeadLetter) -> Result<(), StoreError>;
    /// How many there are.
    async fn count(&self) -> Result<u64, StoreError>;
    /// Shows them, newest first.
    async fn list(&self, window: Window) -> Result<Page<DeadLetterView>, StoreError>;
    /// Shows one.
    async fn find(&self, id: DeadLetterId) -> Result<Option<DeadLetterView>, StoreError>;
}

/// Dead letters inside one unit of work.
#[async_trait]
pub trait DeadLetterDesk: Send {
    /// Takes the letter away; `false` when it is not there.
    async fn drop_letter(&mut self, id: DeadLetterId) -> Result<bool, StoreError>;

    /// Takes the letter away and lets its event leave the outbox once more: whoever has handled it
    /// knows by the inbox. `false` when the letter is not there.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the outbox has lost the event, which it keeps as long as there
    /// is a letter about it.
    async fn replay(&mut self, id: DeadLetterId) -> Result<bool, StoreError>;
}

/// What becomes of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// Its event is handled once more.
    Replay,
    /// Nobody will handle it.
    Drop,
}

/// Asks to be rid of a dead letter.
#[derive(Clone, Debug)]
pub struct SettleDeadLetterCommand {
    /// Who asks.
    pub by: AuditActor,
    /// Which letter.
    pub letter: DeadLetterId,
    /// How.
    pub how: Disposal,
    /// What set it off.
    pub provenance: Provenance,
}

/// Why a dead letter stays what it is.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// There is none, or it was settled already.
    #[error("no such dead letter")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for DeadLetterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "dead_letter_not_found",
            Self::Store(error) => error.code(),
        }
    }
}

/// Settles dead letters, each once.
#[async_trait]
pub trait SettleDeadLetter: Interface {
    /// Replays or drops one; it is in the audit log.
    async fn execute(&self, command: SettleDeadLetterCommand) -> Result<(), DeadLetterError>;
}
