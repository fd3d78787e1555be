use crate::shared::{
    error::{Coded, ErrorKind, StoreError},
    idempotency::{ClaimError, IdempotencyError},
    precondition::PreconditionFailed,
};

/// Showing a text would take more than a text is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is nested too deep, or has too many tags")]
pub struct TooComplex;

/// Why a post was not written, changed or taken away. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WritePostError {
    /// There is none, or it is somebody else's.
    #[error("no such post")]
    NotFound,
    /// Another post has this slug.
    #[error("another post has this slug")]
    SlugTaken,
    /// The text is not one that can be shown.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
    /// Somebody else changed it in between.
    #[error(transparent)]
    Stale(#[from] PreconditionFailed),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for WritePostError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::SlugTaken => ErrorKind::Conflict,
            Self::TooComplex(_) => ErrorKind::Invalid,
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "post_not_found",
            Self::SlugTaken => "slug_taken",
            Self::TooComplex(_) => "post_too_complex",
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ClaimError> for WritePostError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Key(error) => error.into(),
            ClaimError::Store(error) => error.into(),
        }
    }
}
