use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    messaging::{MessagingStore, PushTask, PushTaskCommand, Task, TaskId, TaskPushed},
    shared::{
        error::StoreError,
        event::{AggregateType, EventId, NewEvent},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`PushTask`].
#[derive(Component)]
#[shaku(interface = PushTask)]
pub struct PushTaskUseCase {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl PushTask for PushTaskUseCase {
    #[tracing::instrument(name = "messaging.push_task", skip_all)]
    async fn execute(&self, command: PushTaskCommand) -> Result<Task, StoreError> {
        let PushTaskCommand { content, sender, provenance } = command;
        let (id, pushed_at) = (TaskId::new(self.ids.next()), self.clock.now());
        let task = Task { id, content, sender, pushed_at, handled_at: None };
        let event = NewEvent {
            id: EventId::new(self.ids.next()),
            aggregate_type: AggregateType::Task,
            aggregate_id: id.raw(),
            aggregate_version: 1,
            occurred_at: pushed_at,
            event: TaskPushed { task_id: id }.into(),
        };
        retry_lost_races(async || -> Result<(), StoreError> {
            let mut uow = self.store.begin(&provenance).await?;
            uow.tasks().insert(&task).await?;
            uow.outbox().append(std::slice::from_ref(&event)).await?;
            uow.commit().await
        })
        .await?;
        Ok(task)
    }
}
