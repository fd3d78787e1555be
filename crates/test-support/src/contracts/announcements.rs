//! Contract of [`Announcements`].

use std::{
    any::Any,
    sync::{Arc, Mutex},
};

use domain::shared::announcements::{Announcements, Observer, Topic};

/// A process nobody observes anything in.
pub struct Fixture {
    /// The adapter under test.
    pub announcements: Arc<dyn Announcements>,
    /// Whatever must live as long as the adapter.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// Notes what it was told.
#[derive(Default)]
pub struct Notebook(Mutex<Vec<Vec<String>>>);

impl Notebook {
    /// What it was told so far.
    pub fn told(&self) -> Vec<Vec<String>> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Notebook {
    fn forget(&self, keys: &[String]) {
        self.0.lock().unwrap().push(keys.to_vec());
    }
}

fn keys(of: &[&str]) -> Vec<String> {
    of.iter().map(|key| (*key).to_owned()).collect()
}

/// When `announce` returns, this process has forgotten.
pub async fn this_process_has_forgotten_at_once(Fixture { announcements, keep: _keep }: Fixture) {
    let notebook = Arc::new(Notebook::default());
    announcements.observe(Topic::Sessions, notebook.clone());
    announcements.announce(Topic::Sessions, &keys(&["one"])).await;
    assert!(notebook.told().contains(&keys(&["one"])));
}

/// Every observer is told, each of them everything.
pub async fn every_observer_is_told(Fixture { announcements, keep: _keep }: Fixture) {
    let notebooks = [(); 3].map(|()| Arc::new(Notebook::default()));
    for notebook in &notebooks {
        announcements.observe(Topic::Sessions, notebook.clone());
    }
    announcements.announce(Topic::Sessions, &keys(&["one", "two"])).await;
    for notebook in &notebooks {
        assert!(notebook.told().contains(&keys(&["one", "two"])));
    }
}

/// No keys stand for everything.
pub async fn no_keys_stand_for_everything(Fixture { announcements, keep: _keep }: Fixture) {
    let notebook = Arc::new(Notebook::default());
    announcements.observe(Topic::Sessions, notebook.clone());
    announcements.announce(Topic::Sessions, &[]).await;
    assert!(notebook.told().contains(&keys(&[])));
}

/// Who came later is told of what is announced from then on. What was announced just before may
/// still be on its way back from the other processes; forgetting too much does no harm.
pub async fn an_observer_is_told_from_then_on(Fixture { announcements, keep: _keep }: Fixture) {
    announcements.announce(Topic::Sessions, &keys(&["before"])).await;
    let notebook = Arc::new(Notebook::default());
    announcements.observe(Topic::Sessions, notebook.clone());
    announcements.announce(Topic::Sessions, &keys(&["after"])).await;
    assert!(notebook.told().contains(&keys(&["after"])));
}

/// One test for each clause.
#[macro_export]
macro_rules! announcements_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(announcements, $fixture;
            this_process_has_forgotten_at_once,
            every_observer_is_told,
            no_keys_stand_for_everything,
            an_observer_is_told_from_then_on,
        );
    };
}
