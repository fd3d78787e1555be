use serde::{Deserialize, Serialize};

use super::{EmailRequestId, SessionId, UserId};

/// A person made an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// The person.
    pub user_id: UserId,
}

/// A person proved the address of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserVerified {
    /// The person.
    pub user_id: UserId,
}

/// Somebody asked for a token that proves an address, whoever has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRequested {
    /// The request.
    pub request_id: EmailRequestId,
}

/// Somebody asked for a token that sets a new password, for whoever has an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordResetRequested {
    /// The request.
    pub request_id: EmailRequestId,
}

/// A person was erased: what is left of the account names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDeleted {
    /// Who it was.
    pub user_id: UserId,
}

/// A spent refresh token came back: every token of its session is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFamilyRevoked {
    /// Whose session.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}
