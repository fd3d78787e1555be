//! What a writer believes to change (RFC 9110, 13.1.1).

use super::error::{Coded, ErrorKind};

/// A condition on the version of what is about to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Whatever is there.
    #[default]
    None,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Refuses when it is `version` that is there and another one was meant.
    ///
    /// # Errors
    /// [`PreconditionFailed`].
    pub fn check(&self, version: i64) -> Result<(), PreconditionFailed> {
        match self {
            Self::None => Ok(()),
            Self::Versions(meant) if meant.contains(&version) => Ok(()),
            Self::Versions(_) => Err(PreconditionFailed),
        }
    }
}

/// Somebody else changed it in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was changed by somebody else in between")]
pub struct PreconditionFailed;

impl Coded for PreconditionFailed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Stale
    }

    fn code(&self) -> &'static str {
        "precondition_failed"
    }
}

#[cfg(test)]
mod tests {
    use super::{Precondition, PreconditionFailed};

    #[test]
    fn only_what_was_meant_is_changed() {
        assert_eq!(Precondition::None.check(7), Ok(()));
        assert_eq!(Precondition::Versions(vec![6, 7]).check(7), Ok(()));
        assert_eq!(Precondition::Versions(vec![6]).check(7), Err(PreconditionFailed));
        assert_eq!(Precondition::Versions(Vec::new()).check(7), Err(PreconditionFailed));
    }
}
