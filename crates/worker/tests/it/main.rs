//! The worker on the in-process bus and the reference stores.
#![expect(clippy::unwrap_used, reason = "fixtures may panic")]

mod consuming;
mod fixture;
mod relaying;
mod running;
