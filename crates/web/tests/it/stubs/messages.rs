use async_trait::async_trait;
use domain::{
    messaging::*,
    shared::{
        error::StoreError,
        event::{EventEnvelope, EventId},
        page::{Page, Window},
        ports::{Backlog, OutboxFeed},
    },
};
use time::OffsetDateTime;

use super::{NOW, ORDER, PAYMENT, Stub};

fn letter() -> DeadLetterView {
    DeadLetterView {
        id: DeadLetterId::new(ORDER),
        consumer: "welcome_mail".to_owned(),
        event: EventId::new(PAYMENT),
        reason: "no such template".to_owned(),
        attempts: 5,
        envelope: r#"{"type":"identity.user_registered.v1","data":{}}"#.to_owned(),
        created_at: NOW,
    }
}

#[async_trait]
impl DeadLetters for Stub {
    async fn keep(&self, _: &DeadLetter) -> Result<(), StoreError> {
        Ok(())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(1)
    }

    async fn list(&self, _: Window) -> Result<Page<DeadLetterView>, StoreError> {
        Ok(Page { items: vec![letter()], total: Some(1), next: None })
    }

    async fn find(&self, id: DeadLetterId) -> Result<Option<DeadLetterView>, StoreError> {
        Ok((id == letter().id).then(letter))
    }
}

#[async_trait]
impl SettleDeadLetter for Stub {
    async fn execute(&self, command: SettleDeadLetterCommand) -> Result<(), DeadLetterError> {
        if command.letter != letter().id {
            return Err(DeadLetterError::NotFound);
        }
        self.settled.lock().unwrap().push((command.letter, command.how));
        Ok(())
    }
}

#[async_trait]
impl OutboxFeed for Stub {
    async fn claim(
        &self,
        _: u32,
        _: OffsetDateTime,
        _: OffsetDateTime,
    ) -> Result<Vec<EventEnvelope>, StoreError> {
        Ok(Vec::new())
    }

    async fn mark_published(&self, _: &[i64], _: OffsetDateTime) -> Result<(), StoreError> {
        Ok(())
    }

    async fn release(&self, _: &[i64]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn requeue_unhandled(
        &self,
        _: &'static str,
        _: &[&'static str],
        _: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(Backlog { waiting: 3, oldest: Some(NOW) })
    }

    async fn waiting_by_type(&self) -> Result<Vec<(String, Backlog)>, StoreError> {
        let paid = Backlog { waiting: 3, oldest: Some(NOW) };
        Ok(vec![("ordering.order_paid.v1".to_owned(), paid)])
    }

    async fn changed(&self) {
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl PushTask for Stub {
    async fn execute(&self, command: PushTaskCommand) -> Result<Task, StoreError> {
        let PushTaskCommand { content, sender, .. } = command;
        Ok(Task { id: TaskId::new(ORDER), content, sender, pushed_at: NOW, handled_at: None })
    }
}

#[async_trait]
impl TaskReads for Stub {
    async fn tasks(&self, _: Window) -> Result<Page<Task>, StoreError> {
        let content = "hello".to_owned();
        let id = TaskId::new(ORDER);
        let task = Task { id, content, sender: None, pushed_at: NOW, handled_at: Some(NOW) };
        Ok(Page { items: vec![task], total: Some(1), next: None })
    }
}
