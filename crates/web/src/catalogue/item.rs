//! Listings, as they are shown and as they are asked for.

use domain::{
    catalogue::{ProductChanges, ProductStatus, ProductView},
    identity::UserId,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    dto::ProductState,
    requests::{description, name, price},
};
use crate::{
    error::ApiError,
    extract::{clearable, present},
};

/// Units of a listing at most.
const MAX_QUANTITY: i64 = 1_000_000;

/// Something somebody offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Item {
    /// Identity; that of the product, too.
    pub(crate) id: Uuid,
    /// Shown to people.
    #[schema(example = "Bicycle, almost new")]
    pub(crate) name: String,
    /// Shown in addresses.
    #[schema(example = "bicycle-almost-new-0123456789ab")]
    pub(crate) slug: String,
    /// Plain text.
    pub(crate) description: String,
    /// Whether it is shown.
    #[schema(value_type = ProductState)]
    pub(crate) status: ProductStatus,
    /// What one unit costs, in decimal form; null when it cannot be bought.
    #[schema(example = "107.99")]
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price.
    #[schema(example = "RUB")]
    pub(crate) currency: Option<&'static str>,
    /// Units that can be bought now; null when stock is not counted.
    #[schema(example = 1)]
    pub(crate) available: Option<i64>,
    /// Whose it is; null of what is not a listing any more.
    pub(crate) owner_id: Option<Uuid>,
    /// Whether it is the caller's own.
    pub(crate) is_owner: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl Item {
    /// The listing as `viewer` is shown it.
    pub(crate) fn of(product: ProductView, viewer: Option<UserId>) -> Self {
        let default = product.variants.first();
        let price = default.and_then(|variant| variant.price);
        let available = default.and_then(|variant| variant.available).map(|units| units.max(0));
        Self {
            id: product.id.raw(),
            name: product.name,
            slug: product.slug,
            description: product.description,
            status: product.status,
            price: price.map(|price| price.to_string()),
            currency: price.map(|price| price.currency.code()),
            available,
            owner_id: product.owner.map(UserId::raw),
            is_owner: product.owner.is_some() && product.owner == viewer,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// Listings.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemPage {
    /// The rows.
    pub(crate) items: Vec<Item>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

/// Whether a new listing is shown at once.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewItemState {
    Draft,
    Active,
}

/// A new listing of the caller's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemRequest {
    /// Shown to people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Bicycle, almost new"
    )]
    pub(crate) name: String,
    /// Plain text; empty when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 10_000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub(crate) description: Option<String>,
    /// What one unit costs, in decimal form, up to 10^12 minor units; nothing can be bought without.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "107.99")]
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    pub(crate) currency: Option<String>,
    /// Units there are; one when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 1_000_000, example = 1)]
    pub(crate) quantity: Option<i64>,
    /// Whether it is shown at once; a draft when absent.
    #[serde(default, deserialize_with = "present")]
    pub(crate) status: Option<NewItemState>,
}

fn quantity(units: i64) -> Result<i64, ApiError> {
    if (0..=MAX_QUANTITY).contains(&units) {
        return Ok(units);
    }
    let detail = format!("0 to {MAX_QUANTITY} is wanted");
    Err(ApiError::invalid_body("/quantity", "range", detail))
}

/// What makes a listing, besides what may change about it.
pub(super) struct NewItem {
    pub(super) changes: ProductChanges,
    pub(super) on_hand: i64,
    pub(super) status: ProductStatus,
}

impl ItemRequest {
    /// What is wanted.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(super) fn wanted(self) -> Result<NewItem, ApiError> {
        let on_hand = quantity(self.quantity.unwrap_or(1))?;
        let changes = ProductChanges {
            name: Some(name(&self.name)?),
            description: Some(description(self.description)?),
            price: Some(price(self.price, self.currency)?),
            ..ProductChanges::default()
        };
        let status = match self.status {
            Some(NewItemState::Active) => ProductStatus::Active,
            Some(NewItemState::Draft) | None => ProductStatus::Draft,
        };
        Ok(NewItem { changes, on_hand, status })
    }
}

/// What is to change about a listing; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditItemRequest {
    /// Shown to people.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Bicycle, almost new"
    )]
    pub(crate) name: Option<String>,
    /// Plain text; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 10_000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub(crate) description: Option<Option<String>>,
    /// What one unit costs, in decimal form; null takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "107.99")]
    pub(crate) price: Option<Option<String>>,
    /// ISO 4217 code of the price given; by default that of the price it had.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    pub(crate) currency: Option<String>,
    /// Units there are, those that buyers were promised included.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    pub(crate) quantity: Option<i64>,
}

impl EditItemRequest {
    /// The changes.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(super) fn changes(self) -> Result<ProductChanges, ApiError> {
        let price = match (self.price, self.currency) {
            (None, None) => None,
            (amount, currency) => Some(price(amount.flatten(), currency)?),
        };
        Ok(ProductChanges {
            name: self.name.as_deref().map(name).transpose()?,
            description: self.description.map(description).transpose()?,
            price,
            on_hand: self.quantity.map(quantity).transpose()?,
            ..ProductChanges::default()
        })
    }
}
