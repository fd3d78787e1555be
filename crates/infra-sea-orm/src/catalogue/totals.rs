use std::time::Instant;

use domain::catalogue::SHOWN_FOR;
use moka::sync::Cache;

/// Lists whose length is remembered.
const LISTS: u64 = 2_000;

/// How many rows each list has. Counting costs more than reading a window does, and is as good for
/// the next window as for the last one: a list is known by what is counted and by the version of
/// the catalogue, and is counted anew when what is shown would be read anew.
pub(crate) struct Totals(Cache<String, (u64, Instant)>);

impl Totals {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(LISTS).time_to_live(SHOWN_FOR).build())
    }

    pub(super) fn known(&self, list: &str) -> Option<u64> {
        let (total, asked) = self.0.get(list)?;
        (asked.elapsed() < SHOWN_FOR).then_some(total)
    }

    /// Keeps what was asked for at `asked`.
    pub(super) fn keep(&self, list: String, total: u64, asked: Instant) {
        self.0.insert(list, (total, asked));
    }
}
