use async_trait::async_trait;
use shaku::Interface;

use super::{
    Category, CategoryId, CategoryKey, CategoryView, Product, ProductId, ProductKey, ProductView,
    Slug,
};
use crate::{
    identity::UserId,
    inventory::{InventoryUnitOfWork, OpeningStock},
    shared::{error::StoreError, event::Provenance},
};

/// Categories inside one unit of work.
#[async_trait]
pub trait CategoryRepository: Send {
    /// Stores new categories with the events recorded; parents come before children.
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError>;

    /// Makes everybody else who changes the tree wait until this unit of work ends. Whoever looks
    /// at one category to change another takes it first.
    async fn lock_tree(&mut self) -> Result<(), StoreError>;

    /// The category, whether it is shown or not.
    async fn find(&mut self, key: &CategoryKey) -> Result<Option<Category>, StoreError>;

    /// Up to two categories of this name, whatever its case.
    async fn named(&mut self, name: &str) -> Result<Vec<CategoryId>, StoreError>;

    /// The category and all above it, upwards.
    async fn lineage(&mut self, id: CategoryId) -> Result<Vec<CategoryId>, StoreError>;

    /// Levels of the tree that begins at the category: 1 when nothing is below it.
    async fn height(&mut self, id: CategoryId) -> Result<usize, StoreError>;

    /// Stores what changed about a category with the events recorded since it was found, and shows
    /// or hides what is below it accordingly.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn update(&mut self, category: &Category) -> Result<(), StoreError>;

    /// Takes the category away and stores the events recorded; `false` does nothing, as products or
    /// categories are in it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or filled it meanwhile.
    async fn delete(&mut self, category: &Category) -> Result<bool, StoreError>;

    /// Which of these slugs categories have.
    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError>;

    /// The category as this unit of work leaves it.
    async fn view(&mut self, id: CategoryId) -> Result<Option<CategoryView>, StoreError>;
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

    /// The product with its variants and prices, whether it is shown or not, in one statement.
    async fn find(&mut self, key: &ProductKey) -> Result<Option<Product>, StoreError>;

    /// The listing with its variants and prices, in one statement; only `owner`'s when given.
    async fn find_listing(
        &mut self,
        key: &ProductKey,
        owner: Option<UserId>,
    ) -> Result<Option<Product>, StoreError>;

    /// Listings of `owner`, `limit` at most.
    async fn listings_of(
        &mut self,
        owner: UserId,
        limit: u32,
    ) -> Result<Vec<ProductId>, StoreError>;

    /// Stores what changed about a product with the events recorded since it was found.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn update(&mut self, product: &Product) -> Result<(), StoreError>;

    /// Makes a stock level where the variant has none yet.
    async fn begin_counting(&mut self, stock: &OpeningStock) -> Result<(), StoreError>;

    /// Takes the product away, with its variants, prices and stock, and stores the events recorded;
    /// `false` does nothing, as something refers to it: an order, or stock that moved.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed or ordered it meanwhile.
    async fn delete(&mut self, product: &Product) -> Result<bool, StoreError>;

    /// Which of these slugs products have.
    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError>;

    /// The product as this unit of work leaves it.
    async fn view(&mut self, id: ProductId) -> Result<Option<ProductView>, StoreError>;
}

/// Everything the catalogue context may write atomically: what is sold, and how much there is of
/// it, because its owner changes both at once.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait CatalogueUnitOfWork: InventoryUnitOfWork {
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
