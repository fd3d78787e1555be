use crate::shared::error::{Coded, ErrorKind};

/// The longest password that is hashed, in characters.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// The shortest password any setting allows, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;

/// Which passwords are accepted. Lengths are characters after NFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Shortest accepted, [`MIN_PASSWORD_CHARS`] at least.
    pub min_chars: usize,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_chars: MIN_PASSWORD_CHARS }
    }
}

impl PasswordPolicy {
    /// Accepts or refuses a password for a person with this address.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, password: &str, email: &str) -> Result<(), PasswordRefused> {
        let chars = password.chars().count();
        if chars < self.min_chars.max(MIN_PASSWORD_CHARS) {
            return Err(PasswordRefused::TooShort);
        }
        if chars > MAX_PASSWORD_CHARS {
            return Err(PasswordRefused::TooLong);
        }
        if password.to_lowercase() == email.to_lowercase() {
            return Err(PasswordRefused::SameAsEmail);
        }
        Ok(())
    }
}

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Fewer characters than the policy asks for.
    #[error("the password is too short")]
    TooShort,
    /// More than [`MAX_PASSWORD_CHARS`].
    #[error("the password is too long")]
    TooLong,
    /// Nobody would have to guess.
    #[error("the password is the e-mail address")]
    SameAsEmail,
}

impl Coded for PasswordRefused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::SameAsEmail => "password_same_as_email",
        }
    }
}
