use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    CategoryId, FacetView, ProductFilter, ProductId, ProductPlace, ProductSort, ProductStatus,
    VariantId,
};
use crate::identity::UserId;
use crate::shared::{
    actor::Viewer,
    error::StoreError,
    money::Money,
    page::{Page, Window},
};

/// A category as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryView {
    /// Identity.
    pub id: CategoryId,
    /// The node above.
    pub parent: Option<CategoryId>,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: String,
    /// Whether it is switched on; it is shown when everything above it is, too.
    pub is_active: bool,
    /// Grows with every change; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// A product as it is shown; to everybody only when it is active and priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductView {
    /// Identity.
    pub id: ProductId,
    /// Where it is shown.
    pub category: Option<CategoryId>,
    /// Whose listing it is; none of the shop's own products.
    pub owner: Option<UserId>,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: String,
    /// Plain text.
    pub description: String,
    /// Whether it is shown.
    pub status: ProductStatus,
    /// Grows with every change; the `ETag`.
    pub version: i64,
    /// At least one; the first is the default.
    pub variants: Vec<VariantView>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// A variant as shown to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantView {
    /// Identity.
    pub id: VariantId,
    /// Stock keeping unit.
    pub sku: String,
    /// What tells it from the others.
    pub name: String,
    /// What one unit costs in the product's first currency; none means it cannot be bought.
    pub price: Option<Money>,
    /// Units that can be bought now, backorders included; `None` when stock is not counted.
    pub available: Option<i64>,
}

/// How a category is named in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CategoryKey {
    /// By identity.
    Id(CategoryId),
    /// By slug.
    Slug(String),
}

/// How a product is named in an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProductKey {
    /// By identity.
    Id(ProductId),
    /// By slug.
    Slug(String),
}

/// Reads of what is not shown to everybody: straight from the database, never from a cache.
#[async_trait]
pub trait CatalogueBackroom: Interface {
    /// Every category by name, one statement.
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError>;
    /// One category, one statement.
    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError>;
    /// One product with its variants, one statement.
    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError>;
    /// One listing, one statement: an active one to everybody, any other to its owner and to staff.
    async fn listing(
        &self,
        id: ProductId,
        viewer: Viewer,
    ) -> Result<Option<ProductView>, StoreError>;
}

/// Reads of the catalogue: what is active and priced.
#[async_trait]
pub trait CatalogueReads: Interface {
    /// Shown categories by name, one statement.
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError>;
    /// One shown category, one statement.
    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError>;
    /// One product with its variants, one statement.
    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError>;
    /// Those of the named products that are there, with their variants, newest first; one statement.
    async fn batch(&self, keys: &[ProductKey]) -> Result<Vec<ProductView>, StoreError>;
    /// The newest `limit` products of each of these categories, of none below them; one statement.
    async fn shelves(
        &self,
        categories: &[CategoryId],
        limit: u32,
    ) -> Result<Vec<ProductView>, StoreError>;
    /// The products wanted; two statements at most.
    async fn products(
        &self,
        filter: &ProductFilter,
        sort: ProductSort,
        window: Window<ProductPlace>,
    ) -> Result<Page<ProductView, ProductPlace>, StoreError>;
    /// The products wanted, counted by category and currency; two statements at most.
    async fn facets(&self, filter: &ProductFilter) -> Result<Vec<FacetView>, StoreError>;
}
