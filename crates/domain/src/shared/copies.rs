//! Copies that may be forgotten at any time; nothing is true because there is a copy of it.

use std::time::Duration;

use async_trait::async_trait;
use shaku::Interface;

use super::error::Cause;

/// Copies that processes share. Their clocks may differ and a write may arrive late, so age is told
/// by the clock of whoever keeps the copies, and counted from before the copied thing was read.
#[async_trait]
pub trait SharedCopies: Interface {
    /// Looks for a copy.
    async fn look_up(&self, key: &str) -> Result<LookUp, CopiesError>;
    /// Keeps a copy until `until`, over whatever was there; one that comes too late is not kept.
    async fn keep(&self, key: &str, copy: &[u8], until: KeeperTime) -> Result<(), CopiesError>;
}

/// What became of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// A copy.
    Found {
        /// The bytes.
        copy: Vec<u8>,
        /// For how much longer it may be shown, counted from when it was asked for.
        remaining: Duration,
    },
    /// There is none.
    Absent {
        /// When that was, for whoever reads the original now and keeps a copy.
        now: KeeperTime,
    },
}

/// A moment by the clock of whoever keeps the copies, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeeperTime(pub u64);

impl KeeperTime {
    /// The moment `by` later.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Whoever keeps the copies does not answer; ask the database.
#[derive(Debug, thiserror::Error)]
#[error("copies unavailable")]
pub struct CopiesError(#[source] pub Cause);
