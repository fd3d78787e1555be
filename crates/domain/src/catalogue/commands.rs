//! What the outside may ask of the catalogue.

use async_trait::async_trait;
use shaku::Interface;

use super::{
    CategoryId, CategoryKey, CategoryView, ProductKey, ProductStatus, ProductView, Sku, Slug,
    WriteCategoryError, WriteProductError,
};
use crate::shared::{
    actor::Actor,
    event::Provenance,
    idempotency::{IdempotentRequest, Outcome},
    money::{Currency, Money},
    precondition::Precondition,
};

/// How somebody names the category of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CategoryRef {
    /// By identity.
    Id(CategoryId),
    /// By name, whatever its case.
    Name(String),
}

/// An amount in decimal form, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPrice {
    /// Such as `107.99`.
    pub amount: String,
    /// The currency the product has a price in when absent.
    pub currency: Option<Currency>,
}

impl WantedPrice {
    /// The amount, in its own currency or in `usual`.
    ///
    /// # Errors
    /// [`WriteProductError::NoCurrency`], or why the amount cannot be read.
    pub fn read(&self, usual: Option<Currency>) -> Result<Money, WriteProductError> {
        let currency = self.currency.or(usual).ok_or(WriteProductError::NoCurrency)?;
        Ok(Money::parse(&self.amount, currency)?)
    }
}

/// As what a product is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As one of the catalogue's: whoever is asked for it by the caller may write the catalogue.
    Catalogue,
    /// As a listing: its owner, and whoever may write the catalogue; what is somebody else's, or no
    /// listing, is not found.
    Listing,
}

/// What idempotency keys for listings made by [`CreateProduct`] are for.
pub const LISTING: &str = "create_item";

/// Input of [`CreateProduct`].
#[derive(Clone, Debug)]
pub struct CreateProductCommand {
    /// Who asks.
    pub actor: Actor,
    /// Shown to people.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// As what it is made: a listing is the caller's own.
    pub side: Side,
    /// Where it is shown.
    pub category: Option<CategoryRef>,
    /// Shown in addresses; made from the name when absent.
    pub slug: Option<Slug>,
    /// Made from the identity when absent.
    pub sku: Option<Sku>,
    /// What it costs.
    pub price: Option<WantedPrice>,
    /// Whether it is shown at once.
    pub status: ProductStatus,
    /// Whether stock is counted.
    pub track_stock: bool,
    /// Units there are to begin with.
    pub on_hand: i64,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<ProductView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Makes a product with its default variant.
#[async_trait]
pub trait CreateProduct: Interface {
    /// Stores product, stock level, event, audit entry and answer, all or nothing.
    async fn execute(
        &self,
        command: CreateProductCommand,
    ) -> Result<Outcome<ProductView>, WriteProductError>;
}

/// What is to change about a product; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductChanges {
    /// Shown to people.
    pub name: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// Where it is shown; `Some(None)` is nowhere.
    pub category: Option<Option<CategoryRef>>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// Stock keeping unit.
    pub sku: Option<Sku>,
    /// What it costs; `Some(None)` takes every price away.
    pub price: Option<Option<WantedPrice>>,
    /// Whether it is shown.
    pub status: Option<ProductStatus>,
    /// Whether stock is counted.
    pub track_stock: Option<bool>,
    /// Units there are of the default variant, those that were promised included.
    pub on_hand: Option<i64>,
}

/// Input of [`EditProduct`].
#[derive(Clone, Debug)]
pub struct EditProductCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which product.
    pub product: ProductKey,
    /// As what it is changed.
    pub side: Side,
    /// What changes.
    pub changes: ProductChanges,
    /// What the caller means to change.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes a product; orders that were placed keep what they had.
#[async_trait]
pub trait EditProduct: Interface {
    /// Two who change different things at once both succeed, unless a precondition forbids it.
    async fn execute(&self, command: EditProductCommand) -> Result<ProductView, WriteProductError>;
}

/// Input of [`DeleteProduct`].
#[derive(Clone, Debug)]
pub struct DeleteProductCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which product.
    pub product: ProductKey,
    /// As what it is taken away.
    pub side: Side,
    /// What the caller means to take away.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Takes a product away.
#[async_trait]
pub trait DeleteProduct: Interface {
    /// What orders refer to, or has moved in stock, is archived outside of every category; anything
    /// else is gone.
    async fn execute(&self, command: DeleteProductCommand) -> Result<(), WriteProductError>;
}

/// Input of [`CreateCategory`].
#[derive(Clone, Debug)]
pub struct CreateCategoryCommand {
    /// Who asks.
    pub actor: Actor,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses; made from the name when absent.
    pub slug: Option<Slug>,
    /// The node above.
    pub parent: Option<CategoryId>,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<CategoryView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Makes a category.
#[async_trait]
pub trait CreateCategory: Interface {
    /// Stores category, event, audit entry and answer, all or nothing.
    async fn execute(
        &self,
        command: CreateCategoryCommand,
    ) -> Result<Outcome<CategoryView>, WriteCategoryError>;
}

/// What is to change about a category; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryChanges {
    /// Shown to people.
    pub name: Option<String>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// The node above; `Some(None)` makes it a root.
    pub parent: Option<Option<CategoryId>>,
    /// Whether it is switched on.
    pub is_active: Option<bool>,
}

/// Input of [`EditCategory`].
#[derive(Clone, Debug)]
pub struct EditCategoryCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which category.
    pub category: CategoryKey,
    /// What changes.
    pub changes: CategoryChanges,
    /// What the caller means to change.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes, moves, hides or shows a category.
#[async_trait]
pub trait EditCategory: Interface {
    /// The tree stays a tree of bounded depth, whoever else moves something at the same time; what
    /// is below is shown or hidden with it.
    async fn execute(
        &self,
        command: EditCategoryCommand,
    ) -> Result<CategoryView, WriteCategoryError>;
}

/// Input of [`DeleteCategory`].
#[derive(Clone, Debug)]
pub struct DeleteCategoryCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which category.
    pub category: CategoryKey,
    /// What the caller means to take away.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Takes a category away.
#[async_trait]
pub trait DeleteCategory: Interface {
    /// Refused while products, shown or not, or other categories are in it.
    async fn execute(&self, command: DeleteCategoryCommand) -> Result<(), WriteCategoryError>;
}
