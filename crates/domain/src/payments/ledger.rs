use time::OffsetDateTime;

use super::AttemptStatus;
use crate::{shared::money::Money, text_enum};

text_enum!(
    /// What a provider reports about an attempt.
    FactKind {
        /// It works on it.
        Pending = "pending",
        /// The customer has to do something.
        RequiresAction = "requires_action",
        /// Money is set aside.
        Authorized = "authorized",
        /// Money was taken.
        Captured = "captured",
        /// It said no.
        Failed = "failed",
        /// It was called off.
        Canceled = "canceled",
        /// The customer did not come back in time.
        Expired = "expired",
        /// Money was given back.
        Refunded = "refunded",
        /// The customer's bank disputes it.
        Disputed = "disputed",
        /// Another amount or currency was reported than was asked for.
        Mismatch = "mismatch",
    }
);

impl FactKind {
    /// Whether it says that money changed hands.
    pub const fn moves_money(self) -> bool {
        matches!(self, Self::Captured | Self::Refunded | Self::Disputed | Self::Mismatch)
    }

    /// The state of the attempt this fact speaks for, if any.
    pub const fn leads_to(self) -> Option<AttemptStatus> {
        Some(match self {
            Self::Pending => AttemptStatus::Pending,
            Self::RequiresAction => AttemptStatus::RequiresAction,
            Self::Authorized => AttemptStatus::Authorized,
            Self::Captured => AttemptStatus::Succeeded,
            Self::Failed => AttemptStatus::Failed,
            Self::Canceled => AttemptStatus::Canceled,
            Self::Expired => AttemptStatus::Expired,
            Self::Mismatch => AttemptStatus::Conflicted,
            Self::Refunded | Self::Disputed => return None,
        })
    }
}

/// One entry of the ledger: something a provider reported, kept once under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Unique within the attempt: two reports of one thing have one key.
    pub key: String,
    /// What was reported.
    pub kind: FactKind,
    /// How much it is about.
    pub amount: Money,
    /// The provider's reason, when it gave one.
    pub reason: Option<String>,
    /// When we learnt it.
    pub at: OffsetDateTime,
}
