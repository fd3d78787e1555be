use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use crate::{
    shared::{error::StoreError, event::EventEnvelope},
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

/// Events nobody could handle.
#[async_trait]
pub trait DeadLetters: Interface {
    /// Keeps one; a second one of the same consumer and event changes nothing.
    async fn keep(&self, letter: &DeadLetter) -> Result<(), StoreError>;
    /// How many there are.
    async fn count(&self) -> Result<u64, StoreError>;
}
