use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use shaku::Interface;
use time::OffsetDateTime;

use crate::{
    shared::{
        error::StoreError,
        event::Provenance,
        page::{Page, Window},
    },
    typed_id,
};

typed_id!(
    /// Identity of a task.
    TaskId
);

/// A task was pushed; what it says is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPushed {
    /// Which.
    pub task_id: TaskId,
}

/// A message somebody sends through outbox, bus and worker, to see that they work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Identity.
    pub id: TaskId,
    /// What it says.
    pub content: String,
    /// Who says so.
    pub sender: Option<String>,
    /// When it was pushed.
    pub pushed_at: OffsetDateTime,
    /// When the worker handled it; `None` as long as it has not.
    pub handled_at: Option<OffsetDateTime>,
}

/// Tasks inside one unit of work.
#[async_trait]
pub trait TaskRepository: Send {
    /// Keeps one that was pushed just now.
    async fn insert(&mut self, task: &Task) -> Result<(), StoreError>;
    /// Notes that it was handled; answers what it says, or `None` when there is no such task.
    async fn handle(&mut self, id: TaskId, now: OffsetDateTime)
    -> Result<Option<Task>, StoreError>;
}

/// Tasks as they are shown.
#[async_trait]
pub trait TaskReads: Interface {
    /// All, newest first.
    async fn tasks(&self, window: Window) -> Result<Page<Task>, StoreError>;
}

/// Asks for a task.
#[derive(Clone, Debug)]
pub struct PushTaskCommand {
    /// What it says.
    pub content: String,
    /// Who says so.
    pub sender: Option<String>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Pushes tasks.
#[async_trait]
pub trait PushTask: Interface {
    /// Stores the task and its event; the worker handles it once.
    async fn execute(&self, command: PushTaskCommand) -> Result<Task, StoreError>;
}
