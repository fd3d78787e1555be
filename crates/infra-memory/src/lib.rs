//! Adapters that live in this process: bus and rate limiter of the embedded stack, and the
//! reference stores that unit tests run on.

pub mod announcements;
pub mod bus;
pub mod catalogue_changes;
pub mod copies;
pub mod failures;
pub mod known_sessions;
pub mod limiter;
pub mod order_changes;
pub mod order_feed;
pub mod store;
