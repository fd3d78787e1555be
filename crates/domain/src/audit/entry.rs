use std::fmt::{self, Display};

use time::OffsetDateTime;

use super::{AuditAction, AuditTargetKind};
use crate::{
    identity::{Role, SessionId, UserId},
    shared::{actor::Actor, id::RawId},
};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// A person.
    User {
        /// Who.
        user: UserId,
        /// What the person was to the shop then.
        role: Role,
        /// By which session; none when a mailed token or a key for programs proved who it was.
        session: Option<SessionId>,
    },
    /// A job or a reaction.
    System,
    /// Whoever runs the command line.
    Cli,
}

impl AuditActor {
    /// `user`, `system` or `cli`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::System => "system",
            Self::Cli => "cli",
        }
    }
}

impl From<Actor> for AuditActor {
    fn from(actor: Actor) -> Self {
        Self::User { user: actor.user, role: actor.role, session: actor.session }
    }
}

/// To what it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditTarget {
    /// What kind of thing.
    pub kind: AuditTargetKind,
    /// Which one.
    pub id: RawId,
}

/// Characters of one value that are kept.
const MAX_VALUE: usize = 120;

/// Ids and names of fields, as `name=value` pairs separated by spaces. What might be a text, an
/// address or a secret has no place here: a value keeps only letters, digits and `-_.:,`, and is
/// cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditDetails(String);

impl AuditDetails {
    /// Nothing to add.
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// Adds one pair.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let value: String = value.to_string().chars().take(MAX_VALUE).map(plain).collect();
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&value);
        self
    }

    /// Names which fields were changed.
    #[must_use]
    pub fn fields(self, names: &[&str]) -> Self {
        self.with("fields", names.join(","))
    }

    /// The pairs as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for AuditDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn plain(character: char) -> char {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | ':' | ',' => character,
        _ => '?',
    }
}

/// One thing somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Who.
    pub by: AuditActor,
    /// What.
    pub action: AuditAction,
    /// To what.
    pub target: AuditTarget,
    /// Ids and names of fields.
    pub details: AuditDetails,
    /// When.
    pub at: OffsetDateTime,
}

impl AuditEntry {
    /// `by` did `action` to the thing `id` of `kind` at `at`.
    pub fn new(
        by: impl Into<AuditActor>,
        action: AuditAction,
        kind: AuditTargetKind,
        id: RawId,
        at: OffsetDateTime,
    ) -> Self {
        let target = AuditTarget { kind, id };
        Self { by: by.into(), action, target, details: AuditDetails::none(), at }
    }

    /// Adds one pair to the details.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.details = self.details.with(name, value);
        self
    }

    /// Names which fields were changed.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.details = self.details.fields(names);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::AuditDetails;

    #[test]
    fn details_keep_ids_and_names_and_no_texts() {
        let details = AuditDetails::none()
            .fields(&["name", "price"])
            .with("to", "staff")
            .with("mail", "ann@example.com secret=1\n");
        assert_eq!(details.as_str(), "fields=name,price to=staff mail=ann?example.com?secret?1?");
        assert_eq!(AuditDetails::none().with("x", "y".repeat(500)).as_str().len(), 122);
    }
}
