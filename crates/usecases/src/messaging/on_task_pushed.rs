use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    messaging::{MessagingStore, TaskId},
    shared::{
        bus::{EventHandler, HandleError, Subscriber},
        error::StoreError,
        event::{DomainEvent, EventEnvelope},
        ports::Clock,
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

const CONSUMER: &str = "task_log";

/// Who this is and what it wants.
pub(crate) const SUBSCRIBER: Subscriber =
    Subscriber { consumer: CONSUMER, events: &["messaging.task_pushed.v1"] };

/// Tells the log what tasks say.
#[derive(Component)]
#[shaku(interface = EventHandler)]
pub struct LogTask {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl EventHandler for LogTask {
    fn subscriber(&self) -> Subscriber {
        SUBSCRIBER
    }

    #[tracing::instrument(name = "messaging.log_task", skip_all)]
    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let DomainEvent::TaskPushed(pushed) = &event.event else {
            return Err(HandleError::Poison(format!("not wanted: {}", event.event.name())));
        };
        retry_lost_races(|| self.note(event, pushed.task_id)).await?;
        Ok(())
    }
}

impl LogTask {
    async fn note(&self, event: &EventEnvelope, id: TaskId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut uow = self.store.begin(&event.reaction()).await?;
        if !uow.inbox().first_time(CONSUMER, event.id, now).await? {
            return Ok(());
        }
        let task = uow.tasks().handle(id, now).await?;
        uow.commit().await?;
        match task {
            Some(task) => {
                let (content, sender) = (task.content, task.sender.unwrap_or_default());
                tracing::info!(task = %id, content, sender, "task");
            }
            None => tracing::warn!(task = %id, "a task is gone"),
        }
        Ok(())
    }
}
