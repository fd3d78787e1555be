//! Who acts.

use time::{Duration, OffsetDateTime};

use crate::{
    identity::{Permission, Permissions, Role, SessionId, UserId},
    shared::error::{Coded, ErrorKind},
};

/// A signed-in caller, as proven by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// What the user is to the shop.
    pub role: Role,
    /// What the user may do besides what everybody may; a super admin may everything.
    pub permissions: Permissions,
    /// The session the token belongs to; none when it is a key for programs.
    pub session: Option<SessionId>,
    /// When the caller last gave the password in this session; programs never did.
    pub authenticated_at: OffsetDateTime,
}

impl Actor {
    /// Whether the caller works for the shop.
    pub const fn is_staff(&self) -> bool {
        matches!(self.role, Role::Staff | Role::SuperAdmin)
    }

    /// Whether the caller works for the shop and may do `permission`.
    pub const fn may(&self, permission: Permission) -> bool {
        match self.role {
            Role::User => false,
            Role::Staff => self.permissions.contains(permission),
            Role::SuperAdmin => true,
        }
    }

    /// Whose rows the caller may see: `None`, everybody's, takes `permission`.
    pub const fn scope(&self, permission: Permission) -> Option<UserId> {
        if self.may(permission) { None } else { Some(self.user) }
    }

    /// Refuses everybody who may not do `permission`.
    ///
    /// # Errors
    /// [`Forbidden`] for a customer, and for staff without it.
    pub const fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        if self.may(permission) { Ok(()) } else { Err(Forbidden) }
    }

    /// Refuses whoever gave the password longer than `max_age` ago.
    ///
    /// # Errors
    /// [`StepUpRequired`].
    pub fn require_recent(
        &self,
        now: OffsetDateTime,
        max_age: Duration,
    ) -> Result<(), StepUpRequired> {
        if now - self.authenticated_at <= max_age { Ok(()) } else { Err(StepUpRequired) }
    }
}

/// Who looks at things that are not shown to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who is shown what everybody is.
    Anybody,
    /// Somebody who is also shown what is their own.
    Person(UserId),
    /// Somebody who is shown everything.
    Staff,
}

impl Viewer {
    /// Whoever asks; everything is for those who may do `permission`.
    pub fn of(actor: Option<&Actor>, permission: Permission) -> Self {
        match actor {
            None => Self::Anybody,
            Some(actor) => actor.scope(permission).map_or(Self::Staff, Self::Person),
        }
    }

    /// Whether what is `owner`'s own is shown.
    pub fn sees(self, owner: UserId) -> bool {
        match self {
            Self::Anybody => false,
            Self::Person(user) => user == owner,
            Self::Staff => true,
        }
    }
}

/// The password was given too long ago for what is asked; giving it again helps (RFC 9470).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this needs the password again")]
pub struct StepUpRequired;

impl Coded for StepUpRequired {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Forbidden
    }

    fn code(&self) -> &'static str {
        "step_up_required"
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
