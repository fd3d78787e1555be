//! Stores whose first commits lose a race: nothing is written, and the store says so.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use domain::{
    inventory::StockRepository,
    ordering::{CouponRepository, OrderRepository, OrderingStore, OrderingUnitOfWork},
    payments::{
        OperationRepository, PaymentRepository, PaymentsStore, PaymentsUnitOfWork, RefundRepository,
    },
    shared::{
        error::StoreError,
        event::Provenance,
        idempotency::IdempotencyRepository,
        ports::{Inbox, Outbox, UnitOfWork},
    },
};

/// Commits that will be lost; clones share the count.
#[derive(Clone, Default)]
pub(crate) struct Losses(Arc<AtomicU32>);

impl Losses {
    pub(crate) fn of(count: u32) -> Self {
        Self(Arc::new(AtomicU32::new(count)))
    }

    pub(crate) fn left(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) struct LosingStore<S> {
    pub(crate) inner: S,
    pub(crate) losses: Losses,
}

struct LosingUnitOfWork<U: ?Sized> {
    inner: Box<U>,
    losses: Losses,
}

#[async_trait]
impl<S: OrderingStore> OrderingStore for LosingStore<S> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError> {
        let inner = self.inner.begin(provenance).await?;
        Ok(Box::new(LosingUnitOfWork { inner, losses: self.losses.clone() }))
    }
}

#[async_trait]
impl<S: PaymentsStore> PaymentsStore for LosingStore<S> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError> {
        let inner = self.inner.begin(provenance).await?;
        Ok(Box::new(LosingUnitOfWork { inner, losses: self.losses.clone() }))
    }
}

#[async_trait]
impl<U: UnitOfWork + ?Sized> UnitOfWork for LosingUnitOfWork<U> {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self.inner.outbox()
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self.inner.inbox()
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self.inner.idempotency()
    }

    fn audit(&mut self) -> &mut dyn domain::audit::AuditLog {
        self.inner.audit()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let left = self.losses.left();
        if left > 0 {
            self.losses.0.store(left - 1, Ordering::SeqCst);
            return Err(StoreError::Conflict);
        }
        self.inner.commit().await
    }
}

impl<U: OrderingUnitOfWork + ?Sized> OrderingUnitOfWork for LosingUnitOfWork<U> {
    fn orders(&mut self) -> &mut dyn OrderRepository {
        self.inner.orders()
    }

    fn stock(&mut self) -> &mut dyn StockRepository {
        self.inner.stock()
    }

    fn coupons(&mut self) -> &mut dyn CouponRepository {
        self.inner.coupons()
    }
}

impl<U: PaymentsUnitOfWork + ?Sized> PaymentsUnitOfWork for LosingUnitOfWork<U> {
    fn payments(&mut self) -> &mut dyn PaymentRepository {
        self.inner.payments()
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self.inner.operations()
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self.inner.refunds()
    }
}
