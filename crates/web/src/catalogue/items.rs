//! Listings: what people offer.

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    catalogue::{
        Listings, ProductFilter, ProductId, ProductSort, ProductStatus, SearchText,
        WriteProductError,
    },
    identity::{Permission, UserId},
    shared::{actor::Viewer, page::Page},
};

use super::{
    cursor,
    item::{Item, ItemPage},
};
use crate::{
    error::ApiError,
    etag,
    extract::{CurrentUser, MaybeUser, PathId, Query, Windowed},
    services::App,
};

async fn respond(
    app: &App,
    request: &HttpRequest,
    query: &Query,
    viewer: Option<UserId>,
    filter: ProductFilter,
) -> Result<HttpResponse, ApiError> {
    let sort = match filter.text {
        Some(_) => ProductSort::Relevance,
        None => ProductSort::Newest,
    };
    let list = format!("items {:?} {:?} {:?}", filter.listings, filter.status, filter.text);
    let windowed = Windowed::read_by(query, |text| cursor::read(text, sort, &list))?;
    let found = app.services.catalogue.products(&filter, sort, windowed.window.clone()).await?;
    let Page { items, total, next } = found;
    let next_cursor = next.map(|place| cursor::write(&place, &list));
    let links = windowed.links(query, total, next_cursor.as_ref());
    let items = items.into_iter().map(|product| Item::of(product, viewer)).collect();
    etag::respond(request, &ItemPage { items, total, next_cursor }, None, links)
}

/// Active listings, newest first
#[utoipa::path(get, path = "/api/v1/items", operation_id = "listItems", tag = "items",
    responses((status = 200, description = "Listings", body = ItemPage)))]
pub(crate) async fn list(
    app: App,
    request: HttpRequest,
    user: MaybeUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let filter = ProductFilter { listings: Some(Listings::Shown), ..ProductFilter::default() };
    respond(&app, &request, &query, user.0.map(|actor| actor.user), filter).await
}

/// The caller's listings, newest first
///
/// Drafts and archived ones, too.
#[utoipa::path(get, path = "/api/v1/items/my", operation_id = "listMyItems", tag = "items",
    params(("status" = inline(Option<super::dto::ProductState>), Query, description = "Only those of this status")),
    responses((status = 200, description = "Listings", body = ItemPage)))]
pub(crate) async fn mine(
    app: App,
    request: HttpRequest,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let known = "draft, active, inactive or archived";
    let status = query.one_of("status", ProductStatus::parse, known)?;
    let listings = Some(Listings::Of(user.0.user));
    let filter = ProductFilter { listings, status, ..ProductFilter::default() };
    respond(&app, &request, &query, Some(user.0.user), filter).await
}

/// Active listings with these words, what fits best first
#[utoipa::path(get, path = "/api/v1/items/search", operation_id = "searchItems", tag = "items",
    params(("q" = String, Query, description = "Named or described by these words, in Russian or English; the last may be a beginning, and small mistakes are seen through", min_length = 1, max_length = 200, example = "bicycle")),
    responses((status = 200, description = "Listings", body = ItemPage)))]
pub(crate) async fn search(
    app: App,
    request: HttpRequest,
    user: MaybeUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let text = query.one_of("q", SearchText::parse, "a text of 1 to 200 characters")?;
    let text = text.ok_or_else(|| ApiError::invalid_query("q", "what to look for is wanted"))?;
    let (listings, text) = (Some(Listings::Shown), Some(text));
    let filter = ProductFilter { listings, text, ..ProductFilter::default() };
    respond(&app, &request, &query, user.0.map(|actor| actor.user), filter).await
}

/// One listing
///
/// An active one to everybody, any other to its owner, and to `catalogue:write`.
#[utoipa::path(get, path = "/api/v1/items/{id}", operation_id = "getItem", tag = "items",
    params(("id" = Uuid, Path, description = "Identity of the listing")),
    responses((status = 200, description = "The listing", body = Item)))]
pub(crate) async fn one(
    app: App,
    request: HttpRequest,
    user: MaybeUser,
    id: PathId,
) -> Result<HttpResponse, ApiError> {
    let viewer = Viewer::of(user.0.as_ref(), Permission::CatalogueWrite);
    let found = app.services.backroom.listing(ProductId::new(id.0), viewer).await?;
    let product = found.ok_or(WriteProductError::ListingNotFound)?;
    let version = product.version;
    let item = Item::of(product, user.0.map(|actor| actor.user));
    etag::respond(&request, &item, Some(version), None)
}
