//! Idempotency keys: one effect a key, and the same answer every time.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{
    error::{Coded, ErrorKind, StoreError},
    id::RawId,
};
use crate::identity::UserId;

/// A client's key for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key and for which operation; keys of two users never meet.
    pub scope: String,
    /// What the client sent, 1..=255 visible ASCII characters.
    pub key: String,
    /// SHA-256 of what the request asks for.
    pub fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// The scope of the keys of `user` for `operation`.
    pub fn scope_of(operation: &str, user: UserId) -> String {
        format!("{operation}:{user}")
    }
}

/// An HTTP answer kept to be given again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// Status code.
    pub status: u16,
    /// Value of `Location`, when there was one.
    pub location: Option<String>,
    /// JSON body.
    pub body: String,
}

/// A key together with the pure function that turns the result into the answer to store, so that
/// the answer commits with the effect.
#[derive(Clone, Debug)]
pub struct IdempotentRequest<T> {
    /// The key.
    pub key: IdempotencyKey,
    /// Renders the answer.
    pub render: fn(&T) -> StoredResponse,
}

/// Result of a use case that may have run before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Done now.
    Done(T),
    /// Done before under the same key; this was the answer.
    Replayed(StoredResponse),
}

/// What is known about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Never seen; it is now ours, if the unit of work commits.
    Fresh,
    /// Answered before.
    Answered(StoredResponse),
    /// Claimed before for `resource`, not answered yet.
    Started {
        /// The thing the first request began to make.
        resource: RawId,
    },
}

/// The key cannot be used for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used for a request with another body.
    #[error("the idempotency key was used for another request")]
    Mismatch,
    /// The first request with this key is still running.
    #[error("a request with this idempotency key is still running")]
    InProgress,
}

impl Coded for IdempotencyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Mismatch => ErrorKind::Invalid,
            Self::InProgress => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Mismatch => "idempotency_key_mismatch",
            Self::InProgress => "idempotency_key_in_progress",
        }
    }
}

/// Answers by key, inside one unit of work.
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// Claims `key` for `resource`, with its answer when that is known already.
    ///
    /// A concurrent claim of the same key waits for the first to commit or roll back.
    ///
    /// # Errors
    /// [`ClaimError::Key`] when the key cannot be used for this request.
    async fn claim(
        &mut self,
        key: &IdempotencyKey,
        resource: RawId,
        answer: Option<&StoredResponse>,
        now: OffsetDateTime,
    ) -> Result<Claim, ClaimError>;

    /// Stores the answer of a key claimed without one.
    async fn answer(
        &mut self,
        key: &IdempotencyKey,
        answer: &StoredResponse,
    ) -> Result<(), StoreError>;

    /// Takes away every key of a scope with its answer.
    async fn forget(&mut self, scope: &str) -> Result<(), StoreError>;
}

/// Why a key was not claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The key cannot be used for this request.
    #[error(transparent)]
    Key(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
