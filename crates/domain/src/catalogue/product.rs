use time::OffsetDateTime;

use super::{CategoryId, ProductCreated, Slug};
use crate::{
    shared::{
        error::{Coded, ErrorKind},
        event::{AggregateType, NewEvent, Stamp},
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
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Where it is shown.
    pub category: Option<CategoryId>,
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

/// Something the shop shows, in one or more variants.
#[derive(Clone, Debug)]
pub struct Product {
    id: ProductId,
    parts: NewProduct,
    created_at: OffsetDateTime,
    events: Vec<NewEvent>,
}

impl Product {
    /// Makes a product and records it.
    ///
    /// # Errors
    /// [`ProductRefused`] without a variant, or when it is active and cannot be bought.
    pub fn create(id: ProductId, parts: NewProduct, stamp: Stamp) -> Result<Self, ProductRefused> {
        let Some(default) = parts.variants.first() else {
            return Err(ProductRefused::NoVariant);
        };
        if parts.status == ProductStatus::Active && default.prices.is_empty() {
            return Err(ProductRefused::NoPrice);
        }
        if parts.variants.iter().flat_map(|variant| &variant.prices).any(|p| p.minor < 0) {
            return Err(ProductRefused::NegativePrice);
        }
        let created = NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Product,
            aggregate_id: id.raw(),
            aggregate_version: 1,
            occurred_at: stamp.at,
            event: ProductCreated { product_id: id }.into(),
        };
        Ok(Self { id, parts, created_at: stamp.at, events: vec![created] })
    }

    /// Identity.
    pub const fn id(&self) -> ProductId {
        self.id
    }

    /// Name, slug, variants and the rest.
    pub const fn parts(&self) -> &NewProduct {
        &self.parts
    }

    /// When it was made.
    pub const fn created_at(&self) -> OffsetDateTime {
        self.created_at
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}

/// Why a product was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductRefused {
    /// Nothing to sell.
    #[error("a product needs a variant")]
    NoVariant,
    /// An active product needs a price.
    #[error("an active product needs a price")]
    NoPrice,
    /// Prices are never negative.
    #[error("a price cannot be negative")]
    NegativePrice,
}

impl Coded for ProductRefused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoVariant => "product_without_variant",
            Self::NoPrice => "product_without_price",
            Self::NegativePrice => "price_negative",
        }
    }
}
