use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::Check;
use crate::shared::error::StoreError;

/// A derived counter that did not say what it is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The invariant it broke.
    pub check: Check,
    /// Which row, what it said, and what it says now.
    pub detail: String,
    /// Whether it was mended. A rule of the schema may forbid what was computed: then what it is
    /// derived from is wrong, and a person has to look.
    pub is_done: bool,
}

/// Computes derived counters anew: stock counters from their movements, used coupons from their
/// redemptions. What they are derived from is never changed.
#[async_trait]
pub trait RepairCounters: Interface {
    /// Mends what is wrong, each row in a transaction of its own with an entry in the audit log.
    /// Safe beside a running shop, and to be repeated.
    async fn repair(&self, now: OffsetDateTime) -> Result<Vec<Repair>, StoreError>;
}
