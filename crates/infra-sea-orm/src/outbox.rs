use async_trait::async_trait;
use domain::shared::{
    error::StoreError,
    event::{DomainEvent, EventId, NewEvent},
    ports::Outbox,
};
use sea_orm::Value;

use crate::{row::micros, sql_list::Rows, unit_of_work::SeaUnitOfWork};

/// Columns of one appended event.
const COLUMNS: usize = 10;
/// Keeps one statement within what either database takes.
const MOST_AT_ONCE: usize = 1_000;

impl SeaUnitOfWork {
    /// Puts off storing `events`, stamped with the provenance of this unit of work.
    pub(crate) fn put_off_events(&self, events: &[NewEvent]) -> Result<(), StoreError> {
        for some in events.chunks(MOST_AT_ONCE) {
            let rows = some.iter().map(|event| self.columns_of(event));
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            self.put_off(Rows::new(INSERT, rows));
            self.note_events();
        }
        Ok(())
    }

    fn columns_of(&self, event: &NewEvent) -> Result<[Value; COLUMNS], StoreError> {
        Ok([
            event.id.raw().into(),
            event.event.name().into(),
            event.aggregate_type.as_str().into(),
            event.aggregate_id.into(),
            event.aggregate_version.into(),
            micros(event.occurred_at).into(),
            self.provenance.correlation_id.clone().into(),
            self.provenance.causation_id.map(EventId::raw).into(),
            self.provenance.traceparent.clone().into(),
            data_of(&event.event)?.into(),
        ])
    }
}

#[async_trait]
impl Outbox for SeaUnitOfWork {
    async fn append(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        self.append_events(events);
        Ok(())
    }
}

/// The payload alone; the name is a column of its own.
fn data_of(event: &DomainEvent) -> Result<String, StoreError> {
    let unwritable = |error| StoreError::Corrupt(format!("{}: {error}", event.name()));
    let mut tagged = serde_json::to_value(event).map_err(unwritable)?;
    let data = tagged.get_mut("data").map(serde_json::Value::take).unwrap_or_default();
    serde_json::to_string(&data).map_err(unwritable)
}

const INSERT: &str = "INSERT INTO outbox (id, type, aggregate_type, aggregate_id, \
    aggregate_version, occurred_at, correlation_id, causation_id, traceparent, data)";
