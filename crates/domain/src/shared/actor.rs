//! Who acts.

use crate::{
    identity::{Role, SessionId, UserId},
    shared::error::{Coded, ErrorKind},
};

/// A signed-in caller, as proven by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// What the user may do.
    pub role: Role,
    /// The session the token belongs to.
    pub session: SessionId,
}

impl Actor {
    /// Whether the caller works for the shop.
    pub const fn is_staff(&self) -> bool {
        matches!(self.role, Role::Staff | Role::SuperAdmin)
    }

    /// Whose rows the caller may see: `None` is everybody's.
    pub const fn scope(&self) -> Option<UserId> {
        if self.is_staff() { None } else { Some(self.user) }
    }

    /// Refuses everybody but staff.
    ///
    /// # Errors
    /// [`Forbidden`] for a customer.
    pub const fn require_staff(&self) -> Result<(), Forbidden> {
        if self.is_staff() { Ok(()) } else { Err(Forbidden) }
    }
}

/// The caller is known and may not do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not allowed")]
pub struct Forbidden;

impl Coded for Forbidden {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Forbidden
    }

    fn code(&self) -> &'static str {
        "forbidden"
    }
}
