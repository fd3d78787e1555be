//! Failures of the broker, and how the bus tells them.

use std::{io, sync::Arc, time::Duration};

use domain::shared::bus::BusError;
use tokio::time::{Instant, timeout, timeout_at};

/// What went wrong; cheap to copy, because one failure may concern a whole batch.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum RabbitError {
    /// The library or the broker refused.
    #[error("{0} failed")]
    Failed(&'static str, #[source] lapin::Error),
    /// Nobody speaks at the broker's address.
    #[error("the broker cannot be reached")]
    Unreachable(#[source] Arc<io::Error>),
    /// No answer in time.
    #[error("{0} got no answer in time")]
    TimedOut(&'static str),
    /// The broker was not reachable a moment ago.
    #[error("the broker is tried again in {0:?}")]
    BackingOff(Duration),
    /// The broker is short of memory or disk, and takes nothing.
    #[error("the broker is short of memory or disk and takes nothing")]
    Blocked,
    /// The channel of the delivery is gone; the broker delivers it again.
    #[error("the delivery's channel is closed")]
    ChannelClosed,
    /// No queue took the message.
    #[error("no queue took it")]
    Returned,
    /// A queue refused the message.
    #[error("a queue refused it")]
    Refused,
    /// The confirm did not come in time.
    #[error("the confirm did not come in time")]
    Unanswered,
    /// The event has no JSON form.
    #[error("it cannot be written as JSON")]
    Unwritable,
}

impl From<RabbitError> for BusError {
    fn from(error: RabbitError) -> Self {
        match error {
            RabbitError::Returned
            | RabbitError::Refused
            | RabbitError::Unanswered
            | RabbitError::Unwritable => Self::NotConfirmed(error.to_string()),
            RabbitError::Failed(..)
            | RabbitError::Unreachable(_)
            | RabbitError::TimedOut(_)
            | RabbitError::BackingOff(_)
            | RabbitError::Blocked
            | RabbitError::ChannelClosed => Self::Unavailable(Box::new(error)),
        }
    }
}

/// Waits for the broker at most `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    doing: &'static str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, RabbitError> {
    match timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| RabbitError::Failed(doing, error)),
        Err(_elapsed) => Err(RabbitError::TimedOut(doing)),
    }
}

/// Waits for the broker until `deadline`.
pub(crate) async fn until<T>(
    deadline: Instant,
    doing: &'static str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, RabbitError> {
    match timeout_at(deadline, answer).await {
        Ok(answer) => answer.map_err(|error| RabbitError::Failed(doing, error)),
        Err(_elapsed) => Err(RabbitError::Unanswered),
    }
}
