use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use crate::{shared::error::StoreError, text_enum};

text_enum!(
    /// An invariant that can be checked on a live database.
    Check {
        /// Stock counters equal the sums of their movements.
        StockMatchesMovements = "D1",
        /// Nothing is promised that is not there.
        StockNotShort = "D2",
        /// Reserved stock equals the lines of pending orders.
        ReservedMatchesPending = "D3",
        /// Every total equals its parts.
        TotalsAddUp = "D4",
        /// Paid orders are covered, and no money is kept for closed ones.
        MoneyIsConserved = "D5",
        /// No more went back than was taken.
        RefundsWithinCaptures = "D6",
        /// At most one active attempt for each order.
        OneActiveAttempt = "D7",
        /// Every change has its event, without gaps.
        EventsWithoutGaps = "D8",
        /// Events leave the outbox within 60 s.
        OutboxDrains = "D9",
        /// No event was handled twice by one consumer.
        InboxUnique = "D10",
        /// Each live session has exactly one live refresh token.
        OneRefreshToken = "D11",
        /// Used coupons equal redemptions.
        CouponsMatchRedemptions = "D12",
    }
);

impl Check {
    /// What the check says in one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::StockMatchesMovements => "stock counters equal the sums of their movements",
            Self::StockNotShort => "nothing is promised that is not there",
            Self::ReservedMatchesPending => "reserved stock equals the lines of pending orders",
            Self::TotalsAddUp => "every order total equals its parts",
            Self::MoneyIsConserved => {
                "paid orders are covered, and no money is kept for closed ones"
            }
            Self::RefundsWithinCaptures => "no more went back than was taken",
            Self::OneActiveAttempt => "at most one active attempt for each order",
            Self::EventsWithoutGaps => "every change has its event, without gaps",
            Self::OutboxDrains => "events leave the outbox within 60 s",
            Self::InboxUnique => "no event was handled twice by one consumer",
            Self::OneRefreshToken => "each live session has exactly one live refresh token",
            Self::CouponsMatchRedemptions => "used coupons equal redemptions",
        }
    }
}

/// One row that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which invariant.
    pub check: Check,
    /// Which row, and how.
    pub detail: String,
}

/// Result of all checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Checks that were made.
    pub checked: Vec<Check>,
    /// Violations, at most 20 for each check.
    pub findings: Vec<Finding>,
}

/// Checks the invariants on a live database, without writing.
#[async_trait]
pub trait Doctor: Interface {
    /// Runs every check.
    async fn examine(&self, now: OffsetDateTime) -> Result<Report, StoreError>;
}
