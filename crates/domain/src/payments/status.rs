use crate::text_enum;

text_enum!(
    /// How far one attempt to pay has come.
    AttemptStatus {
        /// Stored; the provider has not answered yet.
        Created = "created",
        /// The provider works on it.
        Pending = "pending",
        /// The customer has to do something.
        RequiresAction = "requires_action",
        /// Money is set aside.
        Authorized = "authorized",
        /// Money was taken.
        Succeeded = "succeeded",
        /// The provider said no.
        Failed = "failed",
        /// Called off before money moved.
        Canceled = "canceled",
        /// The customer did not come back in time.
        Expired = "expired",
        /// The provider reports another amount or currency than was asked for: a human decides.
        Conflicted = "conflicted",
    }
);

impl AttemptStatus {
    /// How long an active attempt that does not move keeps its order from expiring. An abandoned
    /// checkout would otherwise hold stock for ever; money that still comes of one is late money.
    /// What is set aside holds it as long as the provider does.
    pub const ABANDONED_AFTER: time::Duration = time::Duration::minutes(15);

    /// Whether it may still take money; an order has at most one such attempt.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Created | Self::Pending | Self::RequiresAction | Self::Authorized)
    }

    /// How much a fact leading here outweighs others; the fold takes the heaviest, so neither
    /// order nor repetition of facts matters.
    pub(super) const fn weight(self) -> u8 {
        match self {
            Self::Created => 0,
            Self::Pending => 1,
            Self::RequiresAction => 2,
            Self::Authorized => 3,
            Self::Expired => 4,
            Self::Failed => 5,
            Self::Canceled => 6,
            Self::Succeeded => 7,
            Self::Conflicted => 8,
        }
    }
}
