//! A clock that stands still until it is told to move.

use std::sync::{Arc, Mutex, PoisonError};

use domain::shared::ports::Clock;
use time::{Duration, OffsetDateTime, macros::datetime};

/// Time of a test; clones share it.
#[derive(Clone, Debug)]
pub struct FrozenClock {
    now: Arc<Mutex<OffsetDateTime>>,
}

impl FrozenClock {
    /// When every test begins.
    pub const START: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

    /// A clock that says `now`.
    pub fn at(now: OffsetDateTime) -> Self {
        Self { now: Arc::new(Mutex::new(now)) }
    }

    /// Moves it.
    pub fn set(&self, now: OffsetDateTime) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves it on by `step`, which may be negative.
    pub fn advance(&self, step: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += step;
    }
}

impl Default for FrozenClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
