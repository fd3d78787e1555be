//! Randomness that is the same in every run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::shared::ports::Randomness;

/// Counts: the nth secret is n, four times over; clones share the count.
#[derive(Clone, Debug, Default)]
pub struct CountingRandomness {
    drawn: Arc<AtomicU64>,
}

impl Randomness for CountingRandomness {
    fn secret(&self) -> [u8; 32] {
        let count = self.drawn.fetch_add(1, Ordering::SeqCst) + 1;
        let mut secret = [0; 32];
        for part in secret.chunks_exact_mut(8) {
            part.copy_from_slice(&count.to_be_bytes());
        }
        secret
    }
}
