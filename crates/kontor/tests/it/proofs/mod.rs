//! What the store promises while its surroundings fail, proven on real processes. `make prove`
//! runs it in full size; without the feature `proofs` some of it runs small, and what takes long
//! does not.
#![expect(clippy::print_stdout, reason = "the figures of a proof are told")]

#[cfg(feature = "services")]
mod backlog;
#[cfg(feature = "services")]
mod chaos;
mod overload;
mod pace;
mod poison;
#[cfg(feature = "services")]
mod redis;
#[cfg(feature = "services")]
mod restarts;
mod shop;
mod slow;
#[cfg(feature = "services")]
mod topology;

pub(crate) use shop::{Shop, crowd};

/// How much of something there is: all of it in `make prove`.
pub(crate) const fn sized(full: usize, small: usize) -> usize {
    if cfg!(feature = "proofs") { full } else { small }
}
