//! The real binary, as somebody at a terminal, a script or a service manager meets it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "scenarios may panic")]
#![expect(clippy::indexing_slicing, reason = "JSON answers are looked into by name")]

mod commands;
mod containers;
mod crash;
mod dev;
mod doctor;
mod drain;
mod outages;
mod program;
mod proofs;
mod readme;
mod refusals;
mod serve;
#[cfg(feature = "otel")]
mod traces;
mod users;
mod watched;
