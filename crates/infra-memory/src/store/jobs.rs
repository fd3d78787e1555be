use async_trait::async_trait;
use domain::{
    operations::{JobBoard, JobOutcome, JobState, Turn},
    shared::error::StoreError,
};
use shaku::Component;
use time::OffsetDateTime;

use super::MemoryState;

/// [`JobBoard`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = JobBoard)]
pub struct MemoryJobBoard {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryJobBoard {
    /// The jobs of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl JobBoard for MemoryJobBoard {
    async fn claim(
        &self,
        job: &str,
        now: OffsetDateTime,
        until: OffsetDateTime,
        early: bool,
    ) -> Result<Turn, StoreError> {
        let mut tables = self.state.lock();
        let state = tables.jobs.entry(job.to_owned()).or_insert_with(|| JobState {
            name: job.to_owned(),
            due_at: now,
            leased_until: None,
            runs: 0,
            last: None,
        });
        let leased = state.leased_until.filter(|leased| *leased > now);
        let due = Some(state.due_at).filter(|due| !early && *due > now);
        if let Some(not_before) = leased.max(due) {
            return Ok(Turn::NotBefore(not_before));
        }
        state.leased_until = Some(until);
        state.runs += 1;
        let number = i64::try_from(state.runs).unwrap_or(i64::MAX);
        tables.version += 1;
        Ok(Turn::Ours(number))
    }

    async fn finish(
        &self,
        job: &str,
        number: i64,
        now: OffsetDateTime,
        due_at: OffsetDateTime,
        outcome: &JobOutcome,
    ) -> Result<(), StoreError> {
        self.state.change(|tables| {
            let is_ours = |state: &&mut JobState| i64::try_from(state.runs) == Ok(number);
            if let Some(state) = tables.jobs.get_mut(job).filter(is_ours) {
                state.leased_until = None;
                state.due_at = due_at;
                state.last = Some((now, outcome.clone()));
            }
        });
        Ok(())
    }

    async fn list(&self) -> Result<Vec<JobState>, StoreError> {
        Ok(self.state.lock().jobs.values().cloned().collect())
    }
}
