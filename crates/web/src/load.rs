//! How much is done at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use metrics::{Gauge, gauge};

/// Requests that are worked on, all threads together.
#[derive(Clone)]
pub(crate) struct Load(Arc<Taken>);

struct Taken {
    count: AtomicUsize,
    told: Gauge,
}

/// One request, until it is dropped.
pub(crate) struct Turn(Arc<Taken>);

impl Default for Load {
    fn default() -> Self {
        let told = gauge!("kontor_http_requests_in_flight");
        told.set(0);
        Self(Arc::new(Taken { count: AtomicUsize::new(0), told }))
    }
}

impl Load {
    /// A turn; `None` when `most` are worked on. Whoever is refused at once can come back; whoever
    /// waits in a queue that only grows is not served in time either.
    pub(crate) fn enter(&self, most: usize) -> Option<Turn> {
        let turn = Turn(Arc::clone(&self.0));
        self.0.told.increment(1);
        (self.0.count.fetch_add(1, Ordering::Relaxed) < most).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.told.decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn so_many_at_once_and_no_more() {
        let load = Load::default();
        let turns: Vec<_> = (0..3).map(|_| load.enter(3).unwrap()).collect();
        assert!(load.enter(3).is_none() && load.enter(3).is_none());
        drop(turns);
        assert!(load.enter(1).is_some(), "who was refused takes no turn");
    }
}
