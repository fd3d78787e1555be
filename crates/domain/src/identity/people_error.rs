use super::{AcceptPasswordError, HashError, PasswordRefused, TooManyTries};
use crate::shared::{
    actor::Forbidden,
    error::{Coded, ErrorKind, StoreError},
};

/// Why an account was not made, changed or erased; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no such person.
    #[error("no such person")]
    NotFound,
    /// The caller may not do this to this person.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Permissions are for people on the staff: others have none, or all.
    #[error("only staff have permissions of their own")]
    NotOnStaff,
    /// Nobody would be left to run the shop.
    #[error("this is the last super admin")]
    LastSuperAdmin,
    /// The e-mail address belongs to somebody.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The user name belongs to somebody.
    #[error("the user name is taken")]
    UsernameTaken,
    /// Not the password there is.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Too many passwords were wrong; this one was not looked at.
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// The password breaks the policy.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// Hashing is not possible now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<AcceptPasswordError> for UserError {
    fn from(error: AcceptPasswordError) -> Self {
        match error {
            AcceptPasswordError::Refused(refused) => Self::Password(refused),
            AcceptPasswordError::Hash(error) => Self::Hash(error),
        }
    }
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists { constraint } if constraint == "uq_users_email_key" => {
                Self::EmailTaken
            }
            StoreError::AlreadyExists { constraint } if constraint == "uq_users_username_key" => {
                Self::UsernameTaken
            }
            error => Self::Store(error),
        }
    }
}

impl Coded for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::LastSuperAdmin | Self::EmailTaken | Self::UsernameTaken => ErrorKind::Conflict,
            Self::NotOnStaff | Self::WrongPassword => ErrorKind::Invalid,
            Self::Forbidden(error) => error.kind(),
            Self::TooManyTries(error) => error.kind(),
            Self::Password(error) => error.kind(),
            Self::Hash(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "user_not_found",
            Self::NotOnStaff => "permissions_not_on_staff",
            Self::LastSuperAdmin => "last_super_admin",
            Self::EmailTaken => "email_taken",
            Self::UsernameTaken => "username_taken",
            Self::WrongPassword => "current_password_wrong",
            Self::Forbidden(error) => error.code(),
            Self::TooManyTries(error) => error.code(),
            Self::Password(error) => error.code(),
            Self::Hash(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
