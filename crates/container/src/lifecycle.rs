//! When the process should end.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Resolves on SIGTERM or SIGINT.
///
/// # Errors
/// When the operating system takes no handler.
pub async fn stop_requested() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
    }
    Ok(())
}

/// A token that is cancelled on SIGTERM or SIGINT.
pub fn watch_stop() -> CancellationToken {
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        if let Err(error) = stop_requested().await {
            tracing::error!(%error, "signals cannot be watched");
        }
        cancelled.cancel();
    });
    stop
}
