//! Lets one caller a second find out whether a failing service is back; the others fail at once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

const PAUSE: Duration = Duration::from_secs(1);

/// Closed until the first failure, then open but for one attempt in each pause.
#[derive(Default)]
pub(crate) struct Breaker {
    retry_at: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Whether the caller may ask the service now. After a pause, only the first one may.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut retry_at = self.state();
        match *retry_at {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                *retry_at = Some(now + PAUSE);
                true
            }
        }
    }

    /// Whether the service failed and was not asked successfully since.
    pub(crate) fn is_open(&self) -> bool {
        self.state().is_some()
    }

    pub(crate) fn succeeded(&self) {
        if self.state().take().is_some() {
            tracing::info!("Redis answers again");
        }
    }

    /// Opens; `true` when it was closed.
    pub(crate) fn failed(&self, now: Instant) -> bool {
        self.state().replace(now + PAUSE).is_none()
    }

    fn state(&self) -> MutexGuard<'_, Option<Instant>> {
        self.retry_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{Breaker, PAUSE};

    #[test]
    fn a_failure_admits_one_caller_a_pause_until_a_success() {
        let breaker = Breaker::default();
        let mut now = Instant::now();
        assert!(breaker.admits(now) && breaker.admits(now));
        assert!(breaker.failed(now));
        assert!(!breaker.admits(now));
        for _ in 0..3 {
            now += PAUSE;
            assert!(breaker.admits(now));
            assert!(!breaker.admits(now));
            assert!(!breaker.failed(now));
        }
        now += PAUSE;
        assert!(breaker.admits(now));
        breaker.succeeded();
        assert!(breaker.admits(now) && breaker.admits(now));
    }
}
