//! How much is done at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Requests that are worked on, all threads together.
#[derive(Clone, Default)]
pub(crate) struct Load(Arc<AtomicUsize>);

/// One request, until it is dropped.
pub(crate) struct Turn(Arc<AtomicUsize>);

impl Load {
    /// A turn; `None` when `most` are worked on. Whoever is refused at once can come back; whoever
    /// waits in a queue that only grows is not served in time either.
    pub(crate) fn enter(&self, most: usize) -> Option<Turn> {
        let turn = Turn(Arc::clone(&self.0));
        (self.0.fetch_add(1, Ordering::Relaxed) < most).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
