use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{
    messaging::{Task, TaskId, TaskReads, TaskRepository},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, page::cut};

#[async_trait]
impl TaskRepository for MemoryUnitOfWork {
    async fn insert(&mut self, task: &Task) -> Result<(), StoreError> {
        if self.tables().tasks.contains_key(&task.id) {
            return Err(StoreError::AlreadyExists { constraint: "pk_tasks".to_owned() });
        }
        self.write().tasks.insert(task.id, task.clone());
        Ok(())
    }

    async fn handle(
        &mut self,
        id: TaskId,
        now: OffsetDateTime,
    ) -> Result<Option<Task>, StoreError> {
        let Some(task) = self.write().tasks.get_mut(&id) else { return Ok(None) };
        task.handled_at = Some(now);
        Ok(Some(task.clone()))
    }
}

/// [`TaskReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = TaskReads)]
pub struct MemoryTaskReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryTaskReads {
    /// The tasks of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl TaskReads for MemoryTaskReads {
    async fn tasks(&self, window: Window) -> Result<Page<Task>, StoreError> {
        let mut tasks: Vec<_> = self.state.lock().tasks.values().cloned().collect();
        tasks.sort_by_key(|task| Reverse(task.id));
        Ok(cut(tasks, |task| task.id.raw(), window))
    }
}
