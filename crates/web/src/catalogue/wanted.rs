//! Which products a query asks for.

use actix_web::HttpRequest;
use domain::{
    catalogue::{PriceLevel, ProductFilter, ProductSort, ProductStatus, SearchText},
    identity::Permission,
    shared::money::Currency,
};

use super::handlers::key_of_category;
use crate::{
    error::ApiError,
    extract::{Query, authenticate},
};

/// Parameters that decide which products are in a list, and in which order.
const PARAMETERS: [&str; 8] =
    ["category", "currency", "price_min", "price_max", "in_stock", "status", "q", "sort"];

/// What a list of products is made from.
pub(super) struct Wanted {
    pub(super) filter: ProductFilter,
    pub(super) sort: ProductSort,
    /// Tells this list from others.
    pub(super) list: String,
}

impl Wanted {
    /// Reads the query of `request`.
    ///
    /// # Errors
    /// 422 for a value that is none; 401 and 403 when it takes the staff to see what is asked for.
    pub(super) async fn read(request: &HttpRequest, query: &Query) -> Result<Self, ApiError> {
        let category = read(query, "category", "neither a UUID nor a slug", key_of_category)?;
        let code = |text: &str| Currency::parse(text).ok();
        let currency = read(query, "currency", "an ISO 4217 code is wanted", code)?;
        let level = |text: &str| PriceLevel::parse(text, currency).ok();
        let price_min = read(query, "price_min", "a decimal amount is wanted", level)?;
        let price_max = read(query, "price_max", "a decimal amount is wanted", level)?;
        if let (Some(least), Some(most)) = (price_min, price_max)
            && least > most
        {
            return Err(ApiError::invalid_query("price_max", "less than price_min"));
        }
        let in_stock = read(query, "in_stock", "true or false is wanted", truth)?;
        let text = match query.get("q")?.map(str::trim) {
            None | Some("") => None,
            Some(_) => read(query, "q", "1 to 200 characters are wanted", SearchText::parse)?,
        };
        let default = if text.is_some() { ProductSort::Relevance } else { ProductSort::Newest };
        let known = "one of newest, price, -price, name, relevance is wanted";
        let sort = match read(query, "sort", known, ProductSort::parse)? {
            Some(ProductSort::Relevance) | None => default,
            Some(sort) => sort,
        };
        let status = status(request, query).await?;
        let filter = ProductFilter {
            category,
            currency,
            price_min,
            price_max,
            in_stock,
            status,
            text,
            listings: None,
        };
        let mut list = String::new();
        for name in PARAMETERS {
            list.push_str(&format!("{name}={:?} ", query.get(name)?));
        }
        Ok(Self { filter, sort, list })
    }
}

/// Whoever works for the shop sees all products of a status; everybody else those that are shown.
async fn status(request: &HttpRequest, query: &Query) -> Result<Option<ProductStatus>, ApiError> {
    let known = "one of draft, active, inactive, archived is wanted";
    let Some(status) = read(query, "status", known, ProductStatus::parse)? else {
        return Ok(None);
    };
    let actor = authenticate(request).await?;
    let may_see_all = actor.is_some_and(|actor| actor.may(Permission::CatalogueWrite));
    match actor {
        _ if may_see_all => Ok(Some(status)),
        _ if status == ProductStatus::Active => Ok(None),
        Some(actor) => {
            actor.require(Permission::CatalogueWrite)?;
            Ok(Some(status))
        }
        None => Err(ApiError::token_missing()),
    }
}

fn read<T>(
    query: &Query,
    name: &str,
    wanted: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let Some(text) = query.get(name)? else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| ApiError::invalid_query(name, wanted))
}

fn truth(text: &str) -> Option<bool> {
    text.parse().ok()
}
