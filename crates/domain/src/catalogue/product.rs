use time::OffsetDateTime;

use super::{
    CategoryId, ProductActivated, ProductArchived, ProductCreated, ProductDeactivated,
    ProductDeleted, ProductUpdated, Slug,
};
use crate::{
    identity::UserId,
    shared::{
        error::{Coded, ErrorKind},
        event::{AggregateType, DomainEvent, NewEvent, Stamp},
        money::Money,
    },
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a product.
    ProductId
);
typed_id!(
    /// Identity of a variant, the thing that is actually sold.
    VariantId
);

text_enum!(
    /// Whether a product is shown.
    ProductStatus {
        /// Being written.
        Draft = "draft",
        /// Shown and sold.
        Active = "active",
        /// Hidden for now.
        Inactive = "inactive",
        /// Hidden for good, kept for the orders that refer to it.
        Archived = "archived",
    }
);

/// Stock keeping unit: 1..=64 visible ASCII characters, unique in the shop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sku(String);

impl Sku {
    /// The SKU of something nobody named: made from its identity.
    pub fn derive(id: crate::shared::id::RawId) -> Self {
        Self(format!("P-{}", id.simple()).to_ascii_uppercase())
    }

    /// Reads a SKU.
    pub fn parse(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && (1..=64).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The SKU.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one unit costs.
pub type Price = Money;

/// One sellable form of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Identity.
    pub id: VariantId,
    /// Stock keeping unit.
    pub sku: Sku,
    /// What tells it from the others; the default variant has the product's name.
    pub name: String,
    /// Whether stock is counted; what is not counted is never short.
    pub track_stock: bool,
    /// One price for each currency.
    pub prices: Vec<Price>,
}

/// What a new product is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProduct {
    /// Where it is shown.
    pub category: Option<CategoryId>,
    /// Whose listing it is; none of the shop's own products. Never changes, but for being forgotten.
    pub owner: Option<UserId>,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: Slug,
    /// Plain text.
    pub description: String,
    /// Whether it is shown at once.
    pub status: ProductStatus,
    /// The first is the default one.
    pub variants: Vec<Variant>,
}

/// What is to change about a product; what is absent stays. SKU, price and counting are those of
/// the default variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductEdit {
    /// Shown to people.
    pub name: Option<String>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// Plain text.
    pub description: Option<String>,
    /// Where it is shown; `Some(None)` is nowhere.
    pub category: Option<Option<CategoryId>>,
    /// Stock keeping unit.
    pub sku: Option<Sku>,
    /// Whether stock is counted.
    pub track_stock: Option<bool>,
    /// What it costs; `Some(None)` takes every price away.
    pub price: Option<Option<Price>>,
}

/// Something the shop shows, in one or more variants.
#[derive(Clone, Debug)]
pub struct Product {
    id: ProductId,
    parts: NewProduct,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    events: Vec<NewEvent>,
    stored: Option<NewProduct>,
}

impl Product {
    /// Makes a product and records it.
    ///
    /// # Errors
    /// [`ProductRefused`] without a variant, or when it is active and cannot be bought.
    pub fn create(id: ProductId, parts: NewProduct, stamp: Stamp) -> Result<Self, ProductRefused> {
        check(&parts)?;
        let mut product = Self {
            id,
            parts,
            version: 0,
            created_at: stamp.at,
            updated_at: stamp.at,
            events: Vec::new(),
            stored: None,
        };
        product.record(ProductCreated { product_id: id }.into(), stamp);
        Ok(product)
    }

    /// A product read back from the store.
    pub fn restore(
        id: ProductId,
        parts: NewProduct,
        version: i64,
        created_at: OffsetDateTime,
        updated_at: OffsetDateTime,
    ) -> Self {
        let stored = Some(parts.clone());
        Self { id, parts, version, created_at, updated_at, events: Vec::new(), stored }
    }

    /// Changes what `edit` names; records it only when something differs.
    ///
    /// # Errors
    /// [`ProductRefused`] when it is archived, or would be active without a price.
    pub fn edit(&mut self, edit: ProductEdit, stamp: Stamp) -> Result<(), ProductRefused> {
        let changed = edited(self.parts.clone(), edit);
        if changed == self.parts {
            return Ok(());
        }
        if self.parts.status == ProductStatus::Archived {
            return Err(ProductRefused::Archived);
        }
        check(&changed)?;
        self.parts = changed;
        self.record(ProductUpdated { product_id: self.id }.into(), stamp);
        Ok(())
    }

    /// Shows it, hides it, or takes it back to being written; records it only when it was not so
    /// already.
    ///
    /// # Errors
    /// [`ProductRefused::NotPriced`] when it would be active without a price.
    pub fn set_status(
        &mut self,
        status: ProductStatus,
        stamp: Stamp,
    ) -> Result<(), ProductRefused> {
        if self.parts.status == status {
            return Ok(());
        }
        if status == ProductStatus::Active && !may_be_active(&self.parts) {
            return Err(ProductRefused::NotPriced);
        }
        self.parts.status = status;
        let product_id = self.id;
        let event = match status {
            ProductStatus::Active => ProductActivated { product_id }.into(),
            ProductStatus::Draft | ProductStatus::Inactive => {
                ProductDeactivated { product_id }.into()
            }
            ProductStatus::Archived => ProductArchived { product_id }.into(),
        };
        self.record(event, stamp);
        Ok(())
    }

    /// Hides it for good, outside of every category; kept for what refers to it.
    pub fn retire(&mut self, stamp: Stamp) {
        if self.parts.status != ProductStatus::Archived || self.parts.category.is_some() {
            self.parts.status = ProductStatus::Archived;
            self.parts.category = None;
            self.record(ProductArchived { product_id: self.id }.into(), stamp);
        }
    }

    /// Forgets whose listing it was and what they wrote about it; its name is kept for what refers to
    /// it, out of everybody's sight.
    pub fn disown(&mut self, stamp: Stamp) {
        self.parts.owner = None;
        self.parts.description = String::new();
        self.parts.category = None;
        self.parts.status = ProductStatus::Archived;
        self.record(ProductArchived { product_id: self.id }.into(), stamp);
    }

    /// Records that it is gone; nothing may refer to it.
    pub fn delete(&mut self, stamp: Stamp) {
        self.record(ProductDeleted { product_id: self.id }.into(), stamp);
    }

    fn record(&mut self, event: DomainEvent, stamp: Stamp) {
        self.version += 1;
        self.updated_at = stamp.at;
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Product,
            aggregate_id: self.id.raw(),
            aggregate_version: self.version,
            occurred_at: stamp.at,
            event,
        });
    }

    /// Identity.
    pub const fn id(&self) -> ProductId {
        self.id
    }

    /// Name, slug, variants and the rest.
    pub const fn parts(&self) -> &NewProduct {
        &self.parts
    }

    /// What the store has; none for a new product.
    pub const fn stored(&self) -> Option<&NewProduct> {
        self.stored.as_ref()
    }

    /// Whether the default variant has a price: without one it cannot be bought.
    pub fn is_priced(&self) -> bool {
        is_priced(&self.parts)
    }

    /// Grows by one with each recorded event.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Version the store has: its own less the events it has not seen.
    pub fn stored_version(&self) -> i64 {
        self.version.saturating_sub(i64::try_from(self.events.len()).unwrap_or(i64::MAX))
    }

    /// When it was made.
    pub const fn created_at(&self) -> OffsetDateTime {
        self.created_at
    }

    /// When it last changed.
    pub const fn updated_at(&self) -> OffsetDateTime {
        self.updated_at
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}

fn is_priced(parts: &NewProduct) -> bool {
    parts.variants.first().is_some_and(|default| !default.prices.is_empty())
}

/// A listing may be shown without a price; then it cannot be bought.
fn may_be_active(parts: &NewProduct) -> bool {
    parts.owner.is_some() || is_priced(parts)
}

fn check(parts: &NewProduct) -> Result<(), ProductRefused> {
    if parts.variants.is_empty() {
        return Err(ProductRefused::NoVariant);
    }
    if parts.status == ProductStatus::Active && !may_be_active(parts) {
        return Err(ProductRefused::NoPrice);
    }
    let mut prices = parts.variants.iter().flat_map(|variant| &variant.prices);
    if prices.any(|price| price.minor < 0) {
        return Err(ProductRefused::NegativePrice);
    }
    Ok(())
}

fn edited(mut parts: NewProduct, edit: ProductEdit) -> NewProduct {
    let old_name = parts.name.clone();
    parts.name = edit.name.unwrap_or(parts.name);
    parts.slug = edit.slug.unwrap_or(parts.slug);
    parts.description = edit.description.unwrap_or(parts.description);
    parts.category = edit.category.unwrap_or(parts.category);
    if let Some(default) = parts.variants.first_mut() {
        if default.name == old_name {
            default.name.clone_from(&parts.name);
        }
        if let Some(sku) = edit.sku {
            default.sku = sku;
        }
        default.track_stock = edit.track_stock.unwrap_or(default.track_stock);
        match edit.price {
            None => {}
            Some(None) => default.prices.clear(),
            Some(Some(price)) => reprice(&mut default.prices, price),
        }
    }
    parts
}

/// The first price is the one shown; those in other currencies stay.
fn reprice(prices: &mut Vec<Price>, price: Price) {
    let mut shown = true;
    prices.retain(|old| !std::mem::take(&mut shown) && old.currency != price.currency);
    prices.insert(0, price);
}

/// Why a product is not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductRefused {
    /// Nothing to sell.
    #[error("a product needs a variant")]
    NoVariant,
    /// An active product needs a price.
    #[error("an active product needs a price")]
    NoPrice,
    /// It cannot be made active as it has no price.
    #[error("a product without a price cannot be made active")]
    NotPriced,
    /// Prices are never negative.
    #[error("a price cannot be negative")]
    NegativePrice,
    /// What is archived stays as it is.
    #[error("the product is archived")]
    Archived,
}

impl Coded for ProductRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoVariant | Self::NoPrice | Self::NegativePrice => ErrorKind::Invalid,
            Self::NotPriced | Self::Archived => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoVariant => "product_without_variant",
            Self::NoPrice => "product_without_price",
            Self::NotPriced => "product_not_priced",
            Self::NegativePrice => "price_negative",
            Self::Archived => "product_archived",
        }
    }
}
