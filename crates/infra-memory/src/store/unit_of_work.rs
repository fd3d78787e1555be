use async_trait::async_trait;
use domain::audit::{AuditEntry, AuditLog, AuditRecord};
use domain::shared::{
    error::StoreError,
    event::{EventEnvelope, EventId, NewEvent, Provenance},
    id::RawId,
    idempotency::{
        Claim, ClaimError, IdempotencyError, IdempotencyKey, IdempotencyRepository, StoredResponse,
    },
    ports::{Inbox, Outbox, UnitOfWork},
};
use time::OffsetDateTime;

use super::{
    MemoryState,
    state::{OutboxRow, StoredKey, Tables},
};

/// A private copy of the database that replaces it at commit, unless somebody else committed
/// first. One struct implements every repository of every context.
pub struct MemoryUnitOfWork {
    state: MemoryState,
    provenance: Provenance,
    draft: Tables,
    written: bool,
}

impl MemoryUnitOfWork {
    pub(super) async fn begin(state: &MemoryState, provenance: &Provenance) -> Self {
        let draft = state.lock().clone();
        // Yields as a real driver would, so that races show up in plain unit tests.
        tokio::task::yield_now().await;
        Self { state: state.clone(), provenance: provenance.clone(), draft, written: false }
    }

    pub(super) const fn tables(&self) -> &Tables {
        &self.draft
    }

    pub(super) const fn write(&mut self) -> &mut Tables {
        self.written = true;
        &mut self.draft
    }

    pub(super) fn record(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        for new in events {
            let provenance = Provenance { network: None, ..self.provenance.clone() };
            let outbox = &mut self.write().outbox;
            let of_version = |row: &OutboxRow| {
                row.event.aggregate_type == new.aggregate_type
                    && row.event.aggregate_id == new.aggregate_id
                    && row.event.aggregate_version == new.aggregate_version
            };
            if outbox.values().any(of_version) {
                return Err(already_exists("uq_outbox_aggregate_version"));
            }
            let seq = outbox.keys().next_back().map_or(1, |last| last + 1);
            let event = EventEnvelope {
                id: new.id,
                seq,
                aggregate_type: new.aggregate_type,
                aggregate_id: new.aggregate_id,
                aggregate_version: new.aggregate_version,
                occurred_at: new.occurred_at,
                provenance,
                event: new.event.clone(),
            };
            outbox.insert(seq, OutboxRow { event, claimed_until: None, published_at: None });
        }
        Ok(())
    }
}

pub(super) fn already_exists(constraint: &str) -> StoreError {
    StoreError::AlreadyExists { constraint: constraint.to_owned() }
}

#[async_trait]
impl UnitOfWork for MemoryUnitOfWork {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if !self.written {
            return Ok(());
        }
        let mut tables = self.state.lock();
        if tables.version != self.draft.version {
            return Err(StoreError::Conflict);
        }
        *tables = Tables { version: self.draft.version + 1, ..self.draft };
        drop(tables);
        self.state.announce();
        Ok(())
    }
}

#[async_trait]
impl Outbox for MemoryUnitOfWork {
    async fn append(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        self.record(events)
    }
}

impl AuditLog for MemoryUnitOfWork {
    fn record(&mut self, entry: AuditEntry) {
        let record = AuditRecord::following(&self.draft.audit_head, &entry, &self.provenance);
        let tables = self.write();
        tables.audit_head = record.head();
        tables.audit.push(record);
    }
}

#[async_trait]
impl Inbox for MemoryUnitOfWork {
    async fn first_time(
        &mut self,
        consumer: &'static str,
        event: EventId,
        _now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        Ok(self.write().inbox.insert((consumer.to_owned(), event)))
    }
}

#[async_trait]
impl IdempotencyRepository for MemoryUnitOfWork {
    async fn claim(
        &mut self,
        key: &IdempotencyKey,
        resource: RawId,
        answer: Option<&StoredResponse>,
        _now: OffsetDateTime,
    ) -> Result<Claim, ClaimError> {
        let name = (key.scope.clone(), key.key.clone());
        if let Some(stored) = self.tables().keys.get(&name) {
            if stored.fingerprint != key.fingerprint {
                return Err(IdempotencyError::Mismatch.into());
            }
            let begun = Claim::Started { resource: stored.resource };
            return Ok(stored.answer.clone().map_or(begun, Claim::Answered));
        }
        let (fingerprint, answer) = (key.fingerprint, answer.cloned());
        self.write().keys.insert(name, StoredKey { fingerprint, resource, answer });
        Ok(Claim::Fresh)
    }

    async fn answer(
        &mut self,
        key: &IdempotencyKey,
        answer: &StoredResponse,
    ) -> Result<(), StoreError> {
        let name = (key.scope.clone(), key.key.clone());
        if let Some(stored) = self.write().keys.get_mut(&name) {
            stored.answer = Some(answer.clone());
        }
        Ok(())
    }

    async fn forget(&mut self, scope: &str) -> Result<(), StoreError> {
        self.write().keys.retain(|(other, _), _| other != scope);
        Ok(())
    }
}
