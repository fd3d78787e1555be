use domain::{
    messaging::{Mail, MessagingStore},
    shared::{error::StoreError, event::EventEnvelope},
};

/// Queues `mail` as the reaction of `consumer` to `event`, unless it did so before.
pub(crate) async fn queue_once(
    store: &dyn MessagingStore,
    consumer: &'static str,
    event: &EventEnvelope,
    mail: &Mail,
) -> Result<(), StoreError> {
    let mut uow = store.begin(&event.reaction()).await?;
    if !uow.inbox().first_time(consumer, event.id, mail.created_at).await? {
        return Ok(());
    }
    if !uow.mails().enqueue(mail).await? {
        tracing::debug!(event = %event.id, "a mail for this event is queued already");
    }
    uow.commit().await
}
