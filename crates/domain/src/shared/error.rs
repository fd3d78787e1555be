//! What an adapter may say about a failure, and how failures are classified for every transport.

/// A cause kept for the log; it never reaches a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What kind of failure an error is, whatever the transport; one table in `web` turns it into a
/// status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input cannot be read at all.
    Malformed,
    /// The input was understood and breaks a rule.
    Invalid,
    /// Nobody is signed in, or the proof is not good.
    Unauthenticated,
    /// Signed in, and not allowed.
    Forbidden,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The current state refuses the change.
    Conflict,
    /// It is not any more what the caller meant to change.
    Stale,
    /// Too many requests; try again later.
    RateLimited,
    /// A service behind us does not answer; try again later.
    Unavailable,
    /// A bug on our side.
    Internal,
}

/// An error with a stable code that clients may rely on.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    /// How the failure is classified.
    fn kind(&self) -> ErrorKind;
    /// Stable, documented, never translated.
    fn code(&self) -> &'static str;
}

/// Failure of a storage port, reduced to what a use case can act upon.
///
/// Adapters keep the driver error as `source`, so logs show the whole chain while no driver type
/// crosses the port.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer got there first; the whole unit of work may be run again.
    #[error("concurrent modification")]
    Conflict,
    /// A uniqueness rule named `constraint` refused the write.
    #[error("already exists: {constraint}")]
    AlreadyExists {
        /// Name of the rule, as declared by the migration.
        constraint: String,
    },
    /// Another rule of the schema named `constraint` refused the write.
    #[error("refused by {constraint}")]
    Refused {
        /// Name of the CHECK or FOREIGN KEY, as declared by the migration.
        constraint: String,
    },
    /// The store does not answer now; nothing was written.
    #[error("store unavailable")]
    Unavailable(#[source] Cause),
    /// The commit was sent and its answer was lost: it may or may not have happened.
    #[error("outcome of the commit is unknown")]
    OutcomeUnknown(#[source] Cause),
    /// The stored data breaks an invariant of the model: a bug or a bad migration.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether running the same unit of work again can succeed.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

impl Coded for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict | Self::Unavailable(_) | Self::OutcomeUnknown(_) => {
                ErrorKind::Unavailable
            }
            Self::AlreadyExists { .. } => ErrorKind::Conflict,
            Self::Refused { .. } | Self::Corrupt(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "busy",
            Self::Unavailable(_) => "store_unavailable",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::AlreadyExists { .. } => "already_exists",
            Self::Refused { .. } | Self::Corrupt(_) => "internal",
        }
    }
}
