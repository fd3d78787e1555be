use async_trait::async_trait;
use shaku::Interface;

use super::{HashError, PasswordOwner, PasswordRefused, Secret};

/// Decides on a password somebody wants to have, and makes what is stored of it.
#[async_trait]
pub trait AcceptPassword: Interface {
    /// Answers the hash of `password`, which is NFC, for `owner`.
    async fn execute(
        &self,
        password: &Secret,
        owner: &PasswordOwner<'_>,
    ) -> Result<String, AcceptPasswordError>;
}

/// Why somebody does not get a password.
#[derive(Debug, thiserror::Error)]
pub enum AcceptPasswordError {
    /// It breaks the policy.
    #[error(transparent)]
    Refused(#[from] PasswordRefused),
    /// Hashing is not possible now.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Estimates how long a password would withstand somebody who guesses.
#[async_trait]
pub trait PasswordStrength: Interface {
    /// Decimal logarithm of the guesses until `password` is found by somebody who knows the
    /// common passwords and patterns, and `known` about its owner.
    async fn guesses_log10(&self, password: &Secret, known: &[&str]) -> Result<f64, HashError>;
}
