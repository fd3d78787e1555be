//! Orders as they change, for those who look on.

use async_trait::async_trait;
use shaku::Interface;

use super::{OrderId, TimelineView};
use crate::identity::SessionId;

/// Takes note of orders that changed, after their commit. Nothing waits for it, and nothing
/// depends on it: whoever follows orders looks for themselves now and then.
pub trait OrderChanges: Send + Sync {
    /// Notes orders that have a new step.
    fn note(&self, orders: &[OrderId]);
}

/// What somebody follows, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// The order.
    pub order: OrderId,
    /// Version of the last step that is known already.
    pub after: i64,
    /// The session that is looked on in: what is followed ends with it. None for programs.
    pub session: Option<SessionId>,
}

/// Lets orders be followed. All followers of a process together cost the database a question or
/// two a tick, however many they are.
pub trait OrderFeed: Interface {
    /// The steps from now on, until the answer is dropped.
    fn follow(&self, following: Following) -> Box<dyn OrderSteps>;
}

/// The steps of one order, as they are made.
#[async_trait]
pub trait OrderSteps: Send {
    /// The next step; `None` when the session is over, or too many steps were not taken away.
    /// Dropping the future loses nothing.
    async fn next(&mut self) -> Option<TimelineView>;
}
