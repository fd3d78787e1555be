use async_trait::async_trait;
use domain::{
    messaging::{DeadLetter, DeadLetterDesk, DeadLetterId, DeadLetterView, DeadLetters},
    shared::{
        error::StoreError,
        event::{EventId, Provenance},
        id::RawId,
        page::{Page, Window},
        ports::UnitOfWork,
    },
};
use shaku::Component;

use crate::{
    connect::Database,
    paging::{Bounds, page},
    row::{get, get_count, get_time, micros},
    sql::{Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
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

    async fn list(&self, window: Window) -> Result<Page<DeadLetterView>, StoreError> {
        let count = "SELECT count(*) AS total FROM dead_letters";
        let total = match window {
            Window::Offset { .. } => Some((count, Vec::new())),
            Window::After { .. } => None,
        };
        let Bounds { after, limit, offset } = Bounds::of(window);
        let sql = format!("{SELECT} WHERE id < $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
        let rows = self.db.fetch(&sql, values![after, limit, offset].to_vec()).await?;
        let letters = rows.iter().map(letter).collect::<Result<_, _>>()?;
        page(&self.db, window, letters, |letter: &DeadLetterView| letter.id.raw(), total).await
    }

    async fn find(&self, id: DeadLetterId) -> Result<Option<DeadLetterView>, StoreError> {
        let sql = format!("{SELECT} WHERE id = $1");
        let row = self.db.fetch_first(&sql, vec![id.raw().into()]).await?;
        row.as_ref().map(letter).transpose()
    }
}

#[async_trait]
impl DeadLetterDesk for SeaUnitOfWork {
    async fn drop_letter(&mut self, id: DeadLetterId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM dead_letters WHERE id = $1";
        Ok(self.execute(sql, vec![id.raw().into()]).await? == 1)
    }

    async fn replay(&mut self, id: DeadLetterId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM dead_letters WHERE id = $1 RETURNING event_id";
        let Some(row) = self.fetch_first(sql, vec![id.raw().into()]).await? else {
            return Ok(false);
        };
        let event: RawId = get(&row, "event_id")?;
        let sql = "UPDATE outbox SET published_at = NULL, claimed_until = 0 WHERE id = $1";
        if self.execute(sql, vec![event.into()]).await? == 0 {
            return Err(StoreError::Corrupt(format!("event {event} is not in the outbox")));
        }
        self.note_events();
        Ok(true)
    }
}

fn letter(row: &Row) -> Result<DeadLetterView, StoreError> {
    Ok(DeadLetterView {
        id: DeadLetterId::new(get(row, "id")?),
        consumer: get(row, "consumer")?,
        event: EventId::new(get(row, "event_id")?),
        reason: get(row, "reason")?,
        attempts: get_count(row, "attempts")?,
        envelope: get(row, "envelope")?,
        created_at: get_time(row, "created_at")?,
    })
}

const SELECT: &str = "SELECT id, consumer, event_id, reason, attempts, envelope, created_at \
    FROM dead_letters";
