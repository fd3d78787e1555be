//! Stores that fail at a chosen step, to prove that a use case is all or nothing at each of them.

mod stores;
mod unit_of_work;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use domain::shared::error::{Cause, StoreError};

pub use stores::{
    FlakyCatalogueStore, FlakyContentStore, FlakyIdentityStore, FlakyOrderingStore,
    FlakyPaymentsStore, FlakyStore,
};

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It has no effect, and says so.
    Before,
    /// It has its effect, and says that it failed: nobody knows.
    After,
    /// Whoever takes it ends there and then.
    Crash,
}

/// Counts steps and fails one of them. Opening a unit of work, each call of a repository and
/// committing are a step each. Clones share the count.
#[derive(Clone, Debug)]
pub struct Faults {
    plan: Arc<Mutex<Option<(u32, Mishap)>>>,
    steps: Arc<AtomicU32>,
}

/// A step that was begun.
#[must_use]
struct Begun(Option<u32>);

impl Begun {
    /// What becomes of it, now that its effect is there.
    fn done<T, E>(self, outcome: Result<T, E>, unknown: impl FnOnce(Cause) -> E) -> Result<T, E> {
        match self.0 {
            Some(step) => Err(unknown(format!("injected after step {step}").into())),
            None => outcome,
        }
    }
}

impl Faults {
    /// Fails nothing; for counting.
    pub fn none() -> Self {
        Self { plan: Arc::default(), steps: Arc::default() }
    }

    /// Fails step `step`, once and before its effect; the first is 1.
    pub fn at(step: u32) -> Self {
        let faults = Self::none();
        faults.arm(step, Mishap::Before);
        faults
    }

    /// Begins to count anew, and fails step `step`, once.
    pub fn arm(&self, step: u32, mishap: Mishap) {
        *self.plan() = Some((step, mishap));
        self.steps.store(0, Ordering::SeqCst);
    }

    /// Begins to count anew, and fails nothing.
    pub fn disarm(&self) {
        *self.plan() = None;
        self.steps.store(0, Ordering::SeqCst);
    }

    /// Whether the fault that was armed has not come yet.
    pub fn is_armed(&self) -> bool {
        self.plan().is_some()
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u32 {
        self.steps.load(Ordering::SeqCst)
    }

    fn plan(&self) -> MutexGuard<'_, Option<(u32, Mishap)>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::panic, reason = "a crash is what was asked for")]
    fn step(&self) -> Result<Begun, StoreError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let planned = self.plan().take_if(|(at, _)| *at == step);
        match planned.map(|(_, mishap)| mishap) {
            None => Ok(Begun(None)),
            Some(Mishap::After) => Ok(Begun(Some(step))),
            Some(Mishap::Before) => {
                Err(StoreError::Unavailable(format!("injected at step {step}").into()))
            }
            Some(Mishap::Crash) => panic!("injected at step {step}"),
        }
    }
}
