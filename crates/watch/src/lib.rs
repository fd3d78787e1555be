//! What watches over a process asks it on a port of its own: is it alive, can it work, and what did
//! it count. Nobody signs in here, so the port is for the inside.

mod answers;
mod port;
mod server;

use std::sync::Arc;

use domain::shared::ports::HealthCheck;
use tokio_util::sync::CancellationToken;

pub use port::{Answering, Port};
pub use server::serve;

/// Everything that was counted, as text.
pub type Counted = Arc<dyn Fn() -> String + Send + Sync>;

/// What is told.
#[derive(Clone)]
pub struct Process {
    /// The services behind it.
    pub checks: Vec<Arc<dyn HealthCheck>>,
    /// Those it cannot work without, besides the ones nobody can.
    pub needs: &'static [&'static str],
    /// What it counted; `None` when that is not told.
    pub counted: Option<Counted>,
    /// It is about to end: from then on it is alive and not ready.
    pub stopping: CancellationToken,
}
