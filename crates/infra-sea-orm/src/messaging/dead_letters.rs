use async_trait::async_trait;
use domain::{
    messaging::{DeadLetter, DeadLetters},
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use shaku::Component;

use crate::{
    connect::Database,
    row::{get_count, micros},
    sql::Sql,
};

/// Events nobody could handle.
#[derive(Component)]
#[shaku(interface = DeadLetters)]
pub struct SeaDeadLetters {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl DeadLetters for SeaDeadLetters {
    async fn keep(&self, letter: &DeadLetter) -> Result<(), StoreError> {
        let envelope = serde_json::to_string(&letter.event)
            .map_err(|error| StoreError::Corrupt(format!("{}: {error}", letter.event.id)))?;
        let sql = "INSERT INTO dead_letters
                (id, consumer, event_id, reason, attempts, envelope, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (consumer, event_id) DO NOTHING";
        let values = vec![
            letter.id.raw().into(),
            letter.consumer.as_str().into(),
            letter.event.id.raw().into(),
            letter.reason.as_str().into(),
            i64::from(letter.attempts).into(),
            envelope.into(),
            micros(letter.created_at).into(),
        ];
        let uow = self.db.begin(&Provenance::default()).await?;
        uow.execute(sql, values).await?;
        Box::new(uow).commit().await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let row = self.db.fetch_first("SELECT count(*) AS kept FROM dead_letters", vec![]).await?;
        row.map_or(Ok(0), |row| get_count(&row, "kept"))
    }
}
