use super::{AcceptPasswordError, HashError, PasswordRefused};
use crate::shared::error::{Coded, ErrorKind, StoreError};

/// Why an address was not proven.
#[derive(Debug, thiserror::Error)]
pub enum EmailTokenError {
    /// Not a token of ours, for something else, over, or used.
    #[error("the token is not good")]
    BadToken,
    /// The address of the account is proven.
    #[error("the address is proven already")]
    AlreadyVerified,
    /// Somebody else has the address by now.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The store failed; nothing was written.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for EmailTokenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists { constraint } if constraint == "uq_users_email_key" => {
                Self::EmailTaken
            }
            error => Self::Store(error),
        }
    }
}

impl Coded for EmailTokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadToken | Self::AlreadyVerified => ErrorKind::Malformed,
            Self::EmailTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadToken => "verify_user_bad_token",
            Self::AlreadyVerified => "verify_user_already_verified",
            Self::EmailTaken => "email_taken",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why no new password was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// Not a token of ours, for something else, over, or used.
    #[error("the token is not good")]
    BadToken,
    /// The password breaks the policy; the token is still good.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// Hashing is not possible now; the token is still good.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AcceptPasswordError> for ResetPasswordError {
    fn from(error: AcceptPasswordError) -> Self {
        match error {
            AcceptPasswordError::Refused(refused) => Self::Password(refused),
            AcceptPasswordError::Hash(error) => Self::Hash(error),
        }
    }
}

impl Coded for ResetPasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadToken => ErrorKind::Malformed,
            Self::Password(error) => error.kind(),
            Self::Hash(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadToken => "reset_password_bad_token",
            Self::Password(error) => error.code(),
            Self::Hash(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
