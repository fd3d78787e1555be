//! Telling every process that what it remembers is out of date.

use std::sync::Arc;

use async_trait::async_trait;
use shaku::Interface;

use crate::text_enum;

text_enum!(
    /// What is remembered.
    Topic {
        /// Whether sessions are live; keys are their ids.
        Sessions = "sessions",
        /// How far along orders are; keys are their ids.
        Orders = "orders",
    }
);

/// Tells processes of changes, as fast as can be and without a promise: whatever is remembered
/// also needs a life so short that a lost announcement does no harm.
#[async_trait]
pub trait Announcements: Interface {
    /// Observers of `topic` in this process have forgotten `keys` when it returns; other processes
    /// are told if there is a way. Keys are of one line each; no keys stand for everything.
    async fn announce(&self, topic: Topic, keys: &[String]);
    /// Has `observer` told of `topic` from now on.
    fn observe(&self, topic: Topic, observer: Arc<dyn Observer>);
}

/// Something that remembers.
pub trait Observer: Send + Sync {
    /// Forgets `keys`, or everything when there are none; also what is just being asked for.
    fn forget(&self, keys: &[String]);
}
