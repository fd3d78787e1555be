use async_trait::async_trait;
use domain::{
    payments::{
        CHECK_AFTER, MockBooks, MockEntry, Operation, OperationId, OperationKind,
        OperationRepository, OperationStatus, PaymentId, ProviderName, RefundId, RefundStatus,
        UnresolvedPayments, pause_after,
    },
    shared::{error::StoreError, id::RawId},
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, state::Tables, unit_of_work::already_exists};

#[async_trait]
impl OperationRepository for MemoryUnitOfWork {
    async fn insert(&mut self, operation: &Operation) -> Result<(), StoreError> {
        let open = |other: &Operation| {
            other.payment == operation.payment
                && other.kind == operation.kind
                && other.status == OperationStatus::Scheduled
        };
        if self.tables().operations.values().any(open) {
            return Err(already_exists("uq_payment_operations_open"));
        }
        if self.write().operations.insert(operation.id, operation.clone()).is_some() {
            return Err(already_exists("pk_payment_operations"));
        }
        Ok(())
    }

    async fn find(&mut self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        Ok(self.tables().operations.get(&id).cloned())
    }

    async fn scheduled(
        &mut self,
        payment: PaymentId,
        kind: OperationKind,
    ) -> Result<Option<Operation>, StoreError> {
        let wanted = |operation: &&Operation| {
            operation.payment == payment
                && operation.kind == kind
                && operation.status == OperationStatus::Scheduled
        };
        Ok(self.tables().operations.values().find(wanted).cloned())
    }

    async fn update(
        &mut self,
        operation: &Operation,
        _now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        match self.write().operations.get_mut(&operation.id) {
            Some(stored) if stored.status == OperationStatus::Scheduled => {
                *stored = operation.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}

/// [`UnresolvedPayments`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = UnresolvedPayments)]
pub struct MemoryUnresolvedPayments {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryUnresolvedPayments {
    /// What is unresolved in existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }

    /// `open` answers what is unresolved, and when it is due for the first time.
    fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        open: impl Fn(&Tables) -> Vec<(RawId, OffsetDateTime)>,
    ) -> Vec<RawId> {
        let mut due: Vec<_> = {
            let tables = self.state.lock();
            let next = |(id, first)| {
                let (checks, at) = tables.checks.get(&id).copied().unwrap_or((0, first));
                (at, id, checks)
            };
            open(&tables).into_iter().map(next).filter(|(at, _, _)| *at <= now).collect()
        };
        due.sort_unstable();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if !due.is_empty() {
            self.state.change(|tables| {
                for (_, id, checks) in &due {
                    let checks = checks + 1;
                    tables.checks.insert(*id, (checks, now + pause_after(checks)));
                }
            });
        }
        due.into_iter().map(|(_, id, _)| id).collect()
    }
}

#[async_trait]
impl UnresolvedPayments for MemoryUnresolvedPayments {
    async fn claim_attempts(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let ids = self.claim(limit, now, |tables| {
            let open = tables.payments.values().filter(|row| row.status.is_active());
            open.map(|row| (row.new.id.raw(), row.created_at + CHECK_AFTER)).collect()
        });
        Ok(ids.into_iter().map(PaymentId::new).collect())
    }

    async fn claim_refunds(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<RefundId>, StoreError> {
        let ids = self.claim(limit, now, |tables| {
            let refunds = tables.refunds.values();
            let open = refunds.filter(|refund| refund.status == RefundStatus::Scheduled);
            open.map(|refund| (refund.id.raw(), refund.created_at + CHECK_AFTER)).collect()
        });
        Ok(ids.into_iter().map(RefundId::new).collect())
    }

    async fn claim_operations(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<OperationId>, StoreError> {
        let ids = self.claim(limit, now, |tables| {
            let operations = tables.operations.values();
            let open = operations.filter(|one| one.status == OperationStatus::Scheduled);
            open.map(|one| (one.id.raw(), one.check_at)).collect()
        });
        Ok(ids.into_iter().map(OperationId::new).collect())
    }

    async fn parked(&self, limit: u32) -> Result<Vec<(ProviderName, String)>, StoreError> {
        let tables = self.state.lock();
        let mut parked: Vec<_> = tables
            .parked_events
            .iter()
            .map(|(provider, notice, _)| (*provider, notice.provider_payment_id.clone()))
            .filter(|(provider, name)| {
                tables.payments.values().any(|row| {
                    row.new.provider == *provider
                        && row.state.provider_payment_id.as_ref() == Some(name)
                })
            })
            .collect();
        parked.sort_unstable();
        parked.dedup();
        parked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(parked)
    }
}

/// [`MockBooks`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = MockBooks)]
pub struct MemoryMockBooks {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryMockBooks {
    /// The books in existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl MockBooks for MemoryMockBooks {
    async fn read(&self, name: &str) -> Result<Option<MockEntry>, StoreError> {
        Ok(self.state.lock().mock_entries.get(name).cloned())
    }

    async fn write(&self, name: &str, entry: &MockEntry) -> Result<bool, StoreError> {
        let mut tables = self.state.lock();
        let known = tables.mock_entries.get(name).map_or(0, |known| known.version);
        if known + 1 != entry.version {
            return Ok(false);
        }
        tables.mock_entries.insert(name.to_owned(), entry.clone());
        Ok(true)
    }
}
