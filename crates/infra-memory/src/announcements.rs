//! Announcements within this process.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use domain::shared::announcements::{Announcements, Observer, Topic};
use shaku::Component;

/// Who wants to be told of what.
type Observers = RwLock<Vec<(Topic, Arc<dyn Observer>)>>;

/// [`Announcements`] of one process: others hear nothing of it.
#[derive(Component, Default)]
#[shaku(interface = Announcements)]
pub struct MemoryAnnouncements {
    /// Who wants to be told.
    #[shaku(default)]
    observers: Observers,
}

#[async_trait]
impl Announcements for MemoryAnnouncements {
    async fn announce(&self, topic: Topic, keys: &[String]) {
        let observers = self.observers.read().unwrap_or_else(PoisonError::into_inner);
        for (_, observer) in observers.iter().filter(|(wanted, _)| *wanted == topic) {
            observer.forget(keys);
        }
    }

    fn observe(&self, topic: Topic, observer: Arc<dyn Observer>) {
        let mut observers = self.observers.write().unwrap_or_else(PoisonError::into_inner);
        observers.push((topic, observer));
    }
}
