use async_trait::async_trait;
use domain::shared::{error::StoreError, event::EventId, ports::Inbox};
use time::OffsetDateTime;

use crate::{row::micros, sql::Sql, unit_of_work::SeaUnitOfWork};

#[async_trait]
impl Inbox for SeaUnitOfWork {
    async fn first_time(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO inbox (consumer, event_id, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (consumer, event_id) DO NOTHING";
        let values = vec![consumer.into(), event.raw().into(), micros(now).into()];
        Ok(self.execute(sql, values).await? == 1)
    }
}
