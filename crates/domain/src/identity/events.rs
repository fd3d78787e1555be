use serde::{Deserialize, Serialize};

use super::{SessionId, UserId};

/// A person made an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// The person.
    pub user_id: UserId,
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
