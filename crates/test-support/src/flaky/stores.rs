use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    catalogue::{CatalogueStore, CatalogueUnitOfWork},
    content::{ContentStore, ContentUnitOfWork},
    identity::{IdentityStore, IdentityUnitOfWork},
    ordering::{OrderingStore, OrderingUnitOfWork},
    payments::{PaymentsStore, PaymentsUnitOfWork},
    shared::{error::StoreError, event::Provenance},
};

use super::{Faults, unit_of_work::FlakyUnitOfWork};

/// A store that fails as its [`Faults`] say.
pub struct FlakyStore<S: ?Sized> {
    inner: Arc<S>,
    faults: Faults,
}

/// An [`OrderingStore`] that fails.
pub type FlakyOrderingStore = FlakyStore<dyn OrderingStore>;

/// An [`IdentityStore`] that fails.
pub type FlakyIdentityStore = FlakyStore<dyn IdentityStore>;

/// A [`PaymentsStore`] that fails.
pub type FlakyPaymentsStore = FlakyStore<dyn PaymentsStore>;

/// A [`CatalogueStore`] that fails.
pub type FlakyCatalogueStore = FlakyStore<dyn CatalogueStore>;

/// A [`ContentStore`] that fails.
pub type FlakyContentStore = FlakyStore<dyn ContentStore>;

impl<S: ?Sized> FlakyStore<S> {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<S>, faults: Faults) -> Self {
        Self { inner, faults }
    }

    /// What `begin` opens, unless this step fails.
    async fn open<U: ?Sized + Send>(
        &self,
        begin: impl Future<Output = Result<Box<U>, StoreError>> + Send,
    ) -> Result<Box<FlakyUnitOfWork<U>>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(begin.await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

#[async_trait]
impl OrderingStore for FlakyStore<dyn OrderingStore> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError> {
        Ok(self.open(self.inner.begin(provenance)).await?)
    }
}

#[async_trait]
impl IdentityStore for FlakyStore<dyn IdentityStore> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        Ok(self.open(self.inner.begin(provenance)).await?)
    }
}

#[async_trait]
impl PaymentsStore for FlakyStore<dyn PaymentsStore> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError> {
        Ok(self.open(self.inner.begin(provenance)).await?)
    }
}

#[async_trait]
impl CatalogueStore for FlakyStore<dyn CatalogueStore> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn CatalogueUnitOfWork>, StoreError> {
        Ok(self.open(self.inner.begin(provenance)).await?)
    }
}

#[async_trait]
impl ContentStore for FlakyStore<dyn ContentStore> {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn ContentUnitOfWork>, StoreError> {
        Ok(self.open(self.inner.begin(provenance)).await?)
    }
}
