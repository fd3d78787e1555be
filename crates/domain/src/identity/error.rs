use super::{AcceptPasswordError, HashError, PasswordRefused, TooManyTries};
use crate::shared::error::{Coded, ErrorKind, StoreError};

/// Why nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The e-mail address belongs to somebody.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The user name belongs to somebody.
    #[error("the user name is taken")]
    UsernameTaken,
    /// The password breaks the policy.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// Hashing is not possible now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A token could not be made; nothing was written.
    #[error(transparent)]
    Token(#[from] super::TokenError),
    /// The store failed; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AcceptPasswordError> for RegisterError {
    fn from(error: AcceptPasswordError) -> Self {
        match error {
            AcceptPasswordError::Refused(refused) => Self::Password(refused),
            AcceptPasswordError::Hash(error) => Self::Hash(error),
        }
    }
}

impl Coded for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::EmailTaken | Self::UsernameTaken => ErrorKind::Conflict,
            Self::Password(error) => error.kind(),
            Self::Hash(error) => error.kind(),
            Self::Token(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "register_email_taken",
            Self::UsernameTaken => "register_username_taken",
            Self::Password(error) => error.code(),
            Self::Hash(error) => error.code(),
            Self::Token(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, or not its password: the same answer for both.
    #[error("wrong name or password")]
    BadCredentials,
    /// The password was right and the account is switched off.
    #[error("the account is deactivated")]
    Deactivated,
    /// Too many were wrong; this one was not looked at.
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// Hashing is not possible now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A token could not be made.
    #[error(transparent)]
    Token(#[from] super::TokenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for LogInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadCredentials => ErrorKind::Unauthenticated,
            Self::Deactivated => ErrorKind::Forbidden,
            Self::TooManyTries(error) => error.kind(),
            Self::Hash(error) => error.kind(),
            Self::Token(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadCredentials => "login_bad_credentials",
            Self::Deactivated => "login_deactivated",
            Self::TooManyTries(error) => error.code(),
            Self::Hash(error) => error.code(),
            Self::Token(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a session was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Not a refresh token of ours, or of a session that is over.
    #[error("the refresh token is not good")]
    BadToken,
    /// A spent token was used again, or the session was ended.
    #[error("the session was revoked")]
    SessionRevoked,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token could not be made.
    #[error(transparent)]
    Token(#[from] super::TokenError),
}

impl Coded for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadToken | Self::SessionRevoked => ErrorKind::Unauthenticated,
            Self::Store(error) => error.kind(),
            Self::Token(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadToken => "refresh_bad_token",
            Self::SessionRevoked => "session_revoked",
            Self::Store(error) => error.code(),
            Self::Token(_) => "internal",
        }
    }
}

/// Why the password was not proven again.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// Not the password of the account.
    #[error("wrong password")]
    BadPassword,
    /// The session was ended meanwhile.
    #[error("the session was revoked")]
    SessionRevoked,
    /// Too many were wrong; this one was not looked at.
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// Hashing is not possible now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token could not be made.
    #[error(transparent)]
    Token(#[from] super::TokenError),
}

impl Coded for StepUpError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadPassword => ErrorKind::Forbidden,
            Self::SessionRevoked => ErrorKind::Unauthenticated,
            Self::TooManyTries(error) => error.kind(),
            Self::Hash(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Token(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadPassword => "step_up_bad_password",
            Self::SessionRevoked => "session_revoked",
            Self::TooManyTries(error) => error.code(),
            Self::Hash(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Token(_) => "internal",
        }
    }
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum LogOutError {
    /// The person has no such live session.
    #[error("no such session")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for LogOutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "session_not_found",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a token does not identify anybody.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Not a valid access token: malformed, forged, expired or of another kind.
    #[error("the access token is not valid")]
    BadToken,
    /// The session or the account behind it was ended.
    #[error("the session was revoked")]
    SessionRevoked,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadToken | Self::SessionRevoked => ErrorKind::Unauthenticated,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadToken => "token_invalid",
            Self::SessionRevoked => "session_revoked",
            Self::Store(error) => error.code(),
        }
    }
}
