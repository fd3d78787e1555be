use async_trait::async_trait;
use shaku::Interface;

use super::{Category, Product};
use crate::{
    inventory::OpeningStock,
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};

/// Categories inside one unit of work.
#[async_trait]
pub trait CategoryRepository: Send {
    /// Stores new categories with the events recorded; parents come before children.
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError>;
}

/// Products inside one unit of work.
#[async_trait]
pub trait ProductRepository: Send {
    /// Stores new products, their variants, prices, opening stock and events in a number of
    /// statements that does not depend on how many there are (batches of up to 200).
    async fn insert_all(
        &mut self,
        products: &[Product],
        stock: &[OpeningStock],
    ) -> Result<(), StoreError>;
}

/// Everything the catalogue context may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait CatalogueUnitOfWork: UnitOfWork {
    /// Categories.
    fn categories(&mut self) -> &mut dyn CategoryRepository;
    /// Products.
    fn products(&mut self) -> &mut dyn ProductRepository;
}

/// Opens units of work for the catalogue context.
#[async_trait]
pub trait CatalogueStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn CatalogueUnitOfWork>, StoreError>;
}
