use std::collections::HashSet;

use async_trait::async_trait;
use domain::shared::{
    error::StoreError,
    event::{AggregateType, DomainEvent, EventEnvelope, EventId, Provenance},
    id::RawId,
    ports::{Backlog, OutboxFeed, UnitOfWork},
};
use sea_orm::Value;
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_count, get_enum, get_optional_time, get_time, micros},
    sql::{Dialect, Row, Sql, list},
};

/// Relays claim one after another. The first number is any that no other advisory lock uses.
const CLAIM_LOCK: &str =
    "SELECT pg_advisory_xact_lock(730117, CAST(CAST('outbox' AS regclass) AS oid)::int)";

/// The outbox as the relay sees it.
#[derive(Component)]
#[shaku(interface = OutboxFeed)]
pub struct SeaOutboxFeed {
    /// The store.
    pub db: Database,
}

impl SeaOutboxFeed {
    async fn anything_waits(&self, now: OffsetDateTime) -> Result<bool, StoreError> {
        let sql = "SELECT 1 AS one FROM outbox
            WHERE published_at IS NULL AND claimed_until <= $1 LIMIT 1";
        Ok(self.db.fetch_first(sql, vec![micros(now).into()]).await?.is_some())
    }

    /// Runs `head` over the events at `seqs`, which are the last parameters.
    async fn change(
        &self,
        head: &str,
        first: Option<Value>,
        seqs: &[i64],
    ) -> Result<(), StoreError> {
        if seqs.is_empty() {
            return Ok(());
        }
        let uow = self.db.begin(&Provenance::default()).await?;
        // One text for any number of them: a text for each number would crowd out the statements
        // that connections keep prepared.
        let last = usize::from(first.is_some()) + 1;
        let (open, sql, close) = match uow.dialect() {
            Dialect::Sqlite => ('[', format!("seq IN (SELECT value FROM json_each(${last}))"), ']'),
            Dialect::Postgres => ('{', format!("seq = ANY (CAST(${last} AS bigint[]))"), '}'),
        };
        let seqs: Vec<_> = seqs.iter().map(i64::to_string).collect();
        let mut values: Vec<Value> = first.into_iter().collect();
        values.push(format!("{open}{}{close}", seqs.join(",")).into());
        uow.execute(&format!("{head} AND {sql}"), values).await?;
        Box::new(uow).commit().await
    }
}

#[async_trait]
impl OutboxFeed for SeaOutboxFeed {
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<EventEnvelope>, StoreError> {
        if !self.anything_waits(now).await? {
            return Ok(Vec::new());
        }
        let uow = self.db.begin(&Provenance::default()).await?;
        if uow.dialect() == Dialect::Postgres {
            // A claim that is not committed yet must be seen, or the order within an aggregate
            // would break.
            uow.fetch(CLAIM_LOCK, Vec::new()).await?;
        }
        let sql = match uow.dialect() {
            Dialect::Sqlite => format!("{CLAIM} IN ({CLAIMABLE}) {CLAIMED}"),
            Dialect::Postgres => format!("{CLAIM} = ANY (ARRAY({CLAIMABLE})) {CLAIMED}"),
        };
        let values = vec![micros(now).into(), micros(until).into(), i64::from(limit).into()];
        let rows = uow.fetch(&sql, values).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Box::new(uow).commit().await?;
        readable(&rows)
    }

    async fn mark_published(&self, seqs: &[i64], now: OffsetDateTime) -> Result<(), StoreError> {
        let head = "UPDATE outbox SET published_at = $1 WHERE published_at IS NULL";
        self.change(head, Some(micros(now).into()), seqs).await
    }

    async fn release(&self, seqs: &[i64]) -> Result<(), StoreError> {
        let head = "UPDATE outbox SET claimed_until = 0 WHERE published_at IS NULL";
        self.change(head, None, seqs).await
    }

    async fn requeue_unhandled(
        &self,
        consumer: &'static str,
        names: &[&'static str],
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        if names.is_empty() {
            return Ok(0);
        }
        let sql = format!(
            "UPDATE outbox SET published_at = NULL, claimed_until = 0
            WHERE published_at < $1
                AND NOT EXISTS (SELECT 1 FROM inbox
                    WHERE inbox.consumer = $2 AND inbox.event_id = outbox.id)
                AND NOT EXISTS (SELECT 1 FROM dead_letters
                    WHERE dead_letters.consumer = $2 AND dead_letters.event_id = outbox.id)
                AND type IN {}",
            list(3, names.len())
        );
        let mut values: Vec<Value> = vec![micros(before).into(), consumer.into()];
        values.extend(names.iter().map(|name| Value::from(*name)));
        let uow = self.db.begin(&Provenance::default()).await?;
        let requeued = uow.execute(&sql, values).await?;
        uow.note_events();
        Box::new(uow).commit().await?;
        Ok(requeued)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let sql = "SELECT count(*) AS waiting, min(occurred_at) AS oldest FROM outbox
            WHERE published_at IS NULL";
        match self.db.fetch_first(sql, Vec::new()).await? {
            Some(row) => Ok(Backlog {
                waiting: get_count(&row, "waiting")?,
                oldest: get_optional_time(&row, "oldest")?,
            }),
            None => Ok(Backlog::default()),
        }
    }

    async fn waiting_by_type(&self) -> Result<Vec<(String, Backlog)>, StoreError> {
        let sql = "SELECT type, count(*) AS waiting, min(occurred_at) AS oldest FROM outbox
            WHERE published_at IS NULL GROUP BY type ORDER BY count(*) DESC, type";
        let rows = self.db.fetch(sql, Vec::new()).await?;
        let backlog = |row: &Row| {
            let (waiting, oldest) = (get_count(row, "waiting")?, get_optional_time(row, "oldest")?);
            Ok((get(row, "type")?, Backlog { waiting, oldest }))
        };
        rows.iter().map(backlog).collect()
    }

    async fn changed(&self) {
        self.db.changed().notified().await;
    }
}

/// In order of `seq`. An event this version cannot read holds up its own aggregate and no other.
fn readable(rows: &[Row]) -> Result<Vec<EventEnvelope>, StoreError> {
    let mut held_up: HashSet<(String, RawId)> = HashSet::new();
    let mut ordered = Vec::with_capacity(rows.len());
    for row in rows {
        ordered.push((get::<i64>(row, "seq")?, row));
    }
    ordered.sort_by_key(|(seq, _)| *seq);
    let mut events = Vec::with_capacity(rows.len());
    for (seq, row) in ordered {
        let aggregate = (get(row, "aggregate_type")?, get(row, "aggregate_id")?);
        if held_up.contains(&aggregate) {
            continue;
        }
        match envelope(row) {
            Ok(event) => events.push(event),
            Err(error) => {
                tracing::error!(seq, %error, "an event cannot be read");
                held_up.insert(aggregate);
            }
        }
    }
    Ok(events)
}

fn envelope(row: &Row) -> Result<EventEnvelope, StoreError> {
    Ok(EventEnvelope {
        id: EventId::new(get(row, "id")?),
        seq: get(row, "seq")?,
        aggregate_type: get_enum(row, "aggregate_type", AggregateType::parse)?,
        aggregate_id: get(row, "aggregate_id")?,
        aggregate_version: get(row, "aggregate_version")?,
        occurred_at: get_time(row, "occurred_at")?,
        provenance: Provenance {
            correlation_id: get(row, "correlation_id")?,
            causation_id: get::<Option<RawId>>(row, "causation_id")?.map(EventId::new),
            traceparent: get(row, "traceparent")?,
            network: None,
        },
        event: event(&get::<String>(row, "type")?, &get::<String>(row, "data")?)?,
    })
}

fn event(name: &str, data: &str) -> Result<DomainEvent, StoreError> {
    let unreadable = |error| StoreError::Corrupt(format!("{name}: {error}"));
    let data: serde_json::Value = serde_json::from_str(data).map_err(unreadable)?;
    let tagged = serde_json::json!({ "type": name, "data": data });
    serde_json::from_value(tagged).map_err(unreadable)
}

const CLAIM: &str = "UPDATE outbox SET claimed_until = $2 \
    WHERE published_at IS NULL AND claimed_until <= $1 AND seq";

/// The array and the OFFSET keep PostgreSQL from joining the outbox with itself: a plan made while
/// nothing waited would compare every event of a backlog with every other.
const CLAIMABLE: &str = "SELECT seq FROM outbox AS waiting \
    WHERE published_at IS NULL AND claimed_until <= $1 AND NOT EXISTS ( \
        SELECT 1 FROM outbox AS earlier \
        WHERE earlier.published_at IS NULL \
            AND earlier.aggregate_id = waiting.aggregate_id \
            AND earlier.aggregate_type = waiting.aggregate_type \
            AND earlier.seq < waiting.seq AND earlier.claimed_until > $1 \
        LIMIT 1 OFFSET 0) \
    ORDER BY seq LIMIT $3";

const CLAIMED: &str = "RETURNING id, seq, type, aggregate_type, aggregate_id, aggregate_version, \
    occurred_at, correlation_id, causation_id, traceparent, data";
