//! Business rules of the store and the ports they need.
//!
//! Nothing here performs I/O, reads a clock or draws randomness: every effect is a trait in a
//! `ports` module, and its adapter lives in an `infra-*` crate.

pub mod audit;
pub mod catalogue;
pub mod content;
pub mod identity;
pub mod inventory;
pub mod messaging;
pub mod operations;
pub mod ordering;
pub mod payments;
pub mod shared;
