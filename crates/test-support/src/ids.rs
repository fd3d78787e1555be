//! Identifiers that are the same in every run.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use domain::shared::{id::RawId, ports::IdGenerator};

/// Counts: UUIDs shaped like version 7, each greater than the one before; clones share the count.
#[derive(Clone, Debug, Default)]
pub struct CountingIds {
    seed: u32,
    drawn: Arc<AtomicU32>,
}

impl CountingIds {
    /// Milliseconds of 2026-01-01, when tests begin.
    const EPOCH_MILLIS: u128 = 1_767_225_600_000;

    /// A count of its own for each `seed` below 2^30: those of two seeds never meet.
    pub fn seeded(seed: u32) -> Self {
        Self { seed, ..Self::default() }
    }

    /// How many were drawn.
    pub fn drawn(&self) -> u32 {
        self.drawn.load(Ordering::SeqCst)
    }
}

impl IdGenerator for CountingIds {
    fn next(&self) -> RawId {
        let count = u128::from(self.drawn.fetch_add(1, Ordering::SeqCst)) + 1;
        let millis = Self::EPOCH_MILLIS + count;
        let (version, variant) = (0x7_u128, 0b10_u128);
        let seed = u128::from(self.seed) & 0x3fff_ffff;
        RawId::from_u128(millis << 80 | version << 76 | variant << 62 | seed << 32 | count)
    }
}

#[cfg(test)]
mod tests {
    use domain::shared::ports::IdGenerator;

    use super::CountingIds;

    #[test]
    fn ids_are_version_7_and_grow() {
        let ids = CountingIds::seeded(7);
        let drawn: Vec<_> = (0..100).map(|_| ids.next()).collect();
        assert!(drawn.is_sorted_by(|a, b| a < b));
        assert!(drawn.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(CountingIds::seeded(1).next(), CountingIds::seeded(2).next());
    }
}
