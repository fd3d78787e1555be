//! What may be asked of the catalogue, read into the domain's own words.

use domain::{
    catalogue::{
        CategoryChanges, CategoryId, CategoryRef, ProductChanges, ProductId, ProductKey,
        ProductStatus, Sku, WantedPrice,
    },
    shared::{
        error::Coded as _,
        money::{Currency, MoneyError},
    },
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{clearable, is_decimal, is_slug_shaped, long_text, plain_text, present, slug_field},
};

const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
/// Products that are read at once by identity, and as many by slug.
const MAX_BATCH: usize = 100;

/// Whether a product is shown; DELETE archives.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(rename_all = "snake_case")]
pub(crate) enum WantedProductState {
    Draft,
    Active,
    Inactive,
}

impl TryFrom<String> for WantedProductState {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match ProductStatus::parse(&text) {
            Some(ProductStatus::Draft) => Ok(Self::Draft),
            Some(ProductStatus::Active) => Ok(Self::Active),
            Some(ProductStatus::Inactive) => Ok(Self::Inactive),
            Some(ProductStatus::Archived) | None => Err("draft, active or inactive is wanted"),
        }
    }
}

impl From<WantedProductState> for ProductStatus {
    fn from(wanted: WantedProductState) -> Self {
        match wanted {
            WantedProductState::Draft => Self::Draft,
            WantedProductState::Active => Self::Active,
            WantedProductState::Inactive => Self::Inactive,
        }
    }
}

/// A whole product. One that is active needs a price.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductRequest {
    /// Shown to people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Assam, 100 g"
    )]
    pub(crate) name: String,
    /// Plain text; empty when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 10_000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub(crate) description: Option<String>,
    /// What one unit costs, in decimal form, up to 10^12 minor units; nothing can be bought without.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "107.99")]
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price; by default that of the price it had.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    pub(crate) currency: Option<String>,
    /// Where it is shown; nowhere when absent.
    pub(crate) category_id: Option<Uuid>,
    /// Where it is shown, by name, whatever its case; instead of `category_id`.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Tea"
    )]
    pub(crate) category_name: Option<String>,
    /// Shown in addresses; made from the name of a new product, and kept otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "assam-100-g"
    )]
    pub(crate) slug: Option<String>,
    /// Stock keeping unit; made for a new product, and kept otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[!-~]+$", min_length = 1, max_length = 64, example = "TEA-ASSAM-100")]
    pub(crate) sku: Option<String>,
    /// Whether it is shown; a new product is active, and others stay as they are.
    #[serde(default, deserialize_with = "present")]
    pub(crate) status: Option<WantedProductState>,
    /// Whether stock is counted; that of a new product is, and others stay as they are.
    #[serde(default, deserialize_with = "present")]
    pub(crate) track_stock: Option<bool>,
}

/// What is to change about a product; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditProductRequest {
    /// Shown to people.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Assam, 100 g"
    )]
    pub(crate) name: Option<String>,
    /// Plain text; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 10_000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub(crate) description: Option<Option<String>>,
    /// What one unit costs, in decimal form; null takes it away from what is not active.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "107.99")]
    pub(crate) price: Option<Option<String>>,
    /// ISO 4217 code of the price given; by default that of the price it had.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    pub(crate) currency: Option<String>,
    /// Where it is shown; null is nowhere.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) category_id: Option<Option<Uuid>>,
    /// Where it is shown, by name, whatever its case; instead of `category_id`.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Tea"
    )]
    pub(crate) category_name: Option<String>,
    /// Shown in addresses.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "assam-100-g"
    )]
    pub(crate) slug: Option<String>,
    /// Stock keeping unit.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[!-~]+$", min_length = 1, max_length = 64, example = "TEA-ASSAM-100")]
    pub(crate) sku: Option<String>,
    /// Whether it is shown.
    #[serde(default, deserialize_with = "present")]
    pub(crate) status: Option<WantedProductState>,
    /// Whether stock is counted.
    #[serde(default, deserialize_with = "present")]
    pub(crate) track_stock: Option<bool>,
}

impl ProductRequest {
    /// What makes a product so.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<ProductChanges, ApiError> {
        Ok(ProductChanges {
            name: Some(name(&self.name)?),
            description: Some(description(self.description)?),
            category: Some(category(self.category_id, self.category_name)?),
            slug: self.slug.as_deref().map(slug_field).transpose()?,
            sku: self.sku.as_deref().map(sku).transpose()?,
            price: Some(price(self.price, self.currency)?),
            status: self.status.map(ProductStatus::from),
            track_stock: self.track_stock,
            on_hand: None,
        })
    }
}

impl EditProductRequest {
    /// The changes.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<ProductChanges, ApiError> {
        let category = match (self.category_id, self.category_name) {
            (None, None) => None,
            (id, name) => Some(category(id.flatten(), name)?),
        };
        let price = match (self.price, self.currency) {
            (None, None) => None,
            (amount, currency) => Some(price(amount.flatten(), currency)?),
        };
        Ok(ProductChanges {
            name: self.name.as_deref().map(name).transpose()?,
            description: self.description.map(description).transpose()?,
            category,
            slug: self.slug.as_deref().map(slug_field).transpose()?,
            sku: self.sku.as_deref().map(sku).transpose()?,
            price,
            status: self.status.map(ProductStatus::from),
            track_stock: self.track_stock,
            on_hand: None,
        })
    }
}

/// A whole category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryRequest {
    /// Shown to people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Tea"
    )]
    pub(crate) name: String,
    /// Shown in addresses; made from the name of a new category, and kept otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "tea"
    )]
    pub(crate) slug: Option<String>,
    /// The node above; none when absent.
    pub(crate) parent_id: Option<Uuid>,
}

impl CategoryRequest {
    /// What makes a category so.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<CategoryChanges, ApiError> {
        Ok(CategoryChanges {
            name: Some(name(&self.name)?),
            slug: self.slug.as_deref().map(slug_field).transpose()?,
            parent: Some(self.parent_id.map(CategoryId::new)),
            is_active: None,
        })
    }
}

/// What is to change about a category; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditCategoryRequest {
    /// Shown to people.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Tea"
    )]
    pub(crate) name: Option<String>,
    /// Shown in addresses.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "tea"
    )]
    pub(crate) slug: Option<String>,
    /// The node above; null makes it a root.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) parent_id: Option<Option<Uuid>>,
    /// Whether it and what is below it is shown.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_active: Option<bool>,
}

impl EditCategoryRequest {
    /// The changes.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<CategoryChanges, ApiError> {
        Ok(CategoryChanges {
            name: self.name.as_deref().map(name).transpose()?,
            slug: self.slug.as_deref().map(slug_field).transpose()?,
            parent: self.parent_id.map(|parent| parent.map(CategoryId::new)),
            is_active: self.is_active,
        })
    }
}

/// Products to read at once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductBatchRequest {
    /// By identity.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_items = 1, max_items = 100, example = json!(["01890a5d-ac96-774b-bcce-b302099a8057"]))]
    pub(crate) ids: Option<Vec<Uuid>>,
    /// By slug.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_items = 1, max_items = 100, example = json!(["assam-100-g"]))]
    pub(crate) slugs: Option<Vec<String>>,
}

impl ProductBatchRequest {
    /// What is named.
    ///
    /// # Errors
    /// 422 for nothing, too much, or what is no slug.
    pub(crate) fn keys(self) -> Result<Vec<ProductKey>, ApiError> {
        if self.ids.is_none() && self.slugs.is_none() {
            return Err(ApiError::invalid_body("", "count", "ids or slugs are wanted"));
        }
        let counts = [
            ("/ids", self.ids.as_ref().map(Vec::len)),
            ("/slugs", self.slugs.as_ref().map(Vec::len)),
        ];
        for (pointer, count) in counts {
            if count.is_some_and(|count| !(1..=MAX_BATCH).contains(&count)) {
                let detail = format!("1 to {MAX_BATCH} are wanted");
                return Err(ApiError::invalid_body(pointer, "count", detail));
            }
        }
        let (ids, slugs) = (self.ids.unwrap_or_default(), self.slugs.unwrap_or_default());
        if let Some(at) = slugs.iter().position(|slug| !is_slug_shaped(slug)) {
            return Err(ApiError::invalid_body(format!("/slugs/{at}"), "slug", "not a slug"));
        }
        let ids = ids.into_iter().map(|id| ProductKey::Id(ProductId::new(id)));
        Ok(ids.chain(slugs.into_iter().map(ProductKey::Slug)).collect())
    }
}

pub(super) fn name(text: &str) -> Result<String, ApiError> {
    plain_text("/name", text, MAX_NAME)
}

pub(super) fn description(text: Option<String>) -> Result<String, ApiError> {
    long_text("/description", &text.unwrap_or_default(), MAX_DESCRIPTION)
}

fn sku(text: &str) -> Result<Sku, ApiError> {
    let detail = "1 to 64 visible ASCII characters are wanted";
    Sku::parse(text).ok_or_else(|| ApiError::invalid_body("/sku", "sku", detail))
}

fn category(id: Option<Uuid>, name: Option<String>) -> Result<Option<CategoryRef>, ApiError> {
    match (id, name) {
        (Some(_), Some(_)) => {
            let detail = "one of category_id and category_name is wanted";
            Err(ApiError::invalid_body("/category_name", "exclusive", detail))
        }
        (Some(id), None) => Ok(Some(CategoryRef::Id(CategoryId::new(id)))),
        (None, Some(name)) => {
            plain_text("/category_name", &name, MAX_NAME).map(|name| Some(CategoryRef::Name(name)))
        }
        (None, None) => Ok(None),
    }
}

pub(super) fn price(
    amount: Option<String>,
    currency: Option<String>,
) -> Result<Option<WantedPrice>, ApiError> {
    match (amount, currency) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(ApiError::invalid_body("/price", "required", "a currency needs an amount"))
        }
        // Whatever the currency, which only the product itself may tell.
        (Some(amount), _) if !is_decimal(&amount) => Err(ApiError::from(MoneyError::Malformed).at(
            "/price",
            MoneyError::Malformed.code(),
            MoneyError::Malformed.to_string(),
        )),
        (Some(amount), None) => Ok(Some(WantedPrice { amount, currency: None })),
        (Some(amount), Some(code)) => match Currency::parse(&code) {
            Ok(currency) => Ok(Some(WantedPrice { amount, currency: Some(currency) })),
            Err(error) => {
                let detail = error.to_string();
                Err(ApiError::from(error).at("/currency", "unknown_currency", detail))
            }
        },
    }
}
