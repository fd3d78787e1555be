//! Waiting for something to become true, instead of sleeping and hoping.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long is waited at most.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `predicate` until it says yes.
///
/// # Panics
/// After [`PATIENCE`], naming `what` did not become true.
pub async fn eventually(what: &str, predicate: impl AsyncFn() -> bool) {
    within(PATIENCE, what, predicate).await;
}

/// Asks `predicate` until it says yes, at most for `patience`.
///
/// # Panics
/// After `patience`, naming `what` did not become true.
pub async fn within(patience: Duration, what: &str, predicate: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + patience;
    while !predicate().await {
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
