//! A store that lets something else happen just before one of its units of work begins.

use std::{
    pin::Pin,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use domain::{
    identity::{IdentityStore, IdentityUnitOfWork},
    ordering::{OrderingStore, OrderingUnitOfWork},
    payments::{PaymentsStore, PaymentsUnitOfWork},
    shared::{error::StoreError, event::Provenance},
};

type Action = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Meanwhile<S> {
    inner: S,
    before: u32,
    begun: AtomicU32,
    action: Mutex<Option<Action>>,
}

impl<S> Meanwhile<S> {
    /// Runs `action` before the unit of work number `before`, from 1.
    pub(crate) fn new(
        inner: S,
        before: u32,
        action: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let action: Action = Box::pin(action);
        let action = Mutex::new(Some(action));
        Self { inner, before, begun: AtomicU32::new(0), action }
    }

    async fn happen(&self) {
        if self.begun.fetch_add(1, Ordering::SeqCst) + 1 == self.before {
            let action = self.action.lock().unwrap().take();
            action.unwrap().await;
        }
    }
}

#[async_trait]
impl<S: IdentityStore> IdentityStore for Meanwhile<S> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        self.happen().await;
        self.inner.begin(provenance).await
    }
}

#[async_trait]
impl<S: OrderingStore> OrderingStore for Meanwhile<S> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError> {
        self.happen().await;
        self.inner.begin(provenance).await
    }
}

#[async_trait]
impl<S: PaymentsStore> PaymentsStore for Meanwhile<S> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError> {
        self.happen().await;
        self.inner.begin(provenance).await
    }
}
