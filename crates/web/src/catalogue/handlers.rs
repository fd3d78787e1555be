use std::{collections::HashSet, future::Future};

use actix_web::{HttpRequest, HttpResponse, http::uri::PathAndQuery};
use domain::{
    catalogue::{CataloguePart, CategoryId, CategoryKey, ProductId, ProductKey, ProductView},
    shared::page::{Page, Window},
};

use super::{
    categories::sees_all,
    cursor,
    dto::{Facets, Product, ProductBatch, ProductPage},
    requests::ProductBatchRequest,
    wanted::Wanted,
};
use crate::{
    error::ApiError,
    etag::{self, Tagged},
    extract::{Json, PathText, Query, Windowed, is_slug_shaped, parse_id},
    services::App,
};

pub(crate) fn key_of_category(text: &str) -> Option<CategoryKey> {
    match parse_id(text) {
        Some(id) => Some(CategoryKey::Id(CategoryId::new(id))),
        None => is_slug_shaped(text).then(|| CategoryKey::Slug(text.to_owned())),
    }
}

pub(crate) fn key_of_product(text: &str) -> Option<ProductKey> {
    match parse_id(text) {
        Some(id) => Some(ProductKey::Id(ProductId::new(id))),
        None => is_slug_shaped(text).then(|| ProductKey::Slug(text.to_owned())),
    }
}

/// Answers with what everybody is shown at the address of `request`.
pub(super) async fn shown(
    app: &App,
    request: &HttpRequest,
    part: CataloguePart,
    load: impl Future<Output = Result<Tagged, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    Ok(app.shelf.at(&app.services, target, part, load).await?.respond(request))
}

/// Active products
#[utoipa::path(get, path = "/api/v1/products", operation_id = "listProducts", tag = "catalogue",
    params(
        ("q" = Option<String>, Query, description = "Named or described by these words, in Russian or English; the last may be a beginning, and small mistakes are seen through", max_length = 200, example = "green tea"),
        ("category" = Option<String>, Query, description = "Of this category, by UUID or slug, and of those below it", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea"),
        ("price_min" = Option<String>, Query, description = "At least this price", pattern = "^[0-9]+([.][0-9]+)?$", example = "100.00"),
        ("price_max" = Option<String>, Query, description = "At most this price", pattern = "^[0-9]+([.][0-9]+)?$", example = "500"),
        ("currency" = Option<String>, Query, description = "Shown in this currency, an ISO 4217 code", pattern = "^[A-Z]{3}$", example = "RUB"),
        ("in_stock" = Option<bool>, Query, description = "Whether any of it can be bought now"),
        ("status" = inline(Option<super::dto::ProductState>), Query, description = "All products of this status; takes `catalogue:write`"),
        ("sort" = inline(Option<super::dto::ProductOrder>), Query, description = "By default `relevance` with `q`, and else `newest`"),
        ("facets" = Option<String>, Query, description = "What to count the products by: `category`, `price`, or both with a comma", pattern = "^(category|price)(,(category|price))*$", max_length = 40, example = "category,price"),
    ),
    responses((status = 200, description = "Products", body = ProductPage)))]
pub(crate) async fn products(
    app: App,
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let Wanted { filter, sort, list } = Wanted::read(&request, &query).await?;
    let windowed = Windowed::read_by(&query, |text| cursor::read(text, sort, &list))?;
    let counted = query.words("facets", &["category", "price"])?;
    let read = async {
        let reads = &app.services.catalogue;
        let found = reads.products(&filter, sort, windowed.window.clone()).await?;
        let Page { items, total, next } = found;
        let next_cursor = next.map(|place| cursor::write(&place, &list));
        let facets = if counted.is_empty() {
            None
        } else {
            Some(Facets::of(reads.facets(&filter).await?, &counted))
        };
        let links = windowed.links(&query, total, next_cursor.as_ref());
        let items = items.into_iter().map(Product::from).collect();
        Ok::<_, ApiError>((ProductPage { items, total, next_cursor, facets }, links))
    };
    // Of other windows few ask for the same one twice in a second.
    let is_first = matches!(windowed.window, Window::Offset { offset: 0, .. });
    if !is_first || filter.status.is_some() {
        let (page, links) = read.await?;
        return etag::respond(&request, &page, None, links);
    }
    let load = async {
        let (page, links) = read.await?;
        Tagged::render(&page, None, links)
    };
    shown(&app, &request, CataloguePart::Products, load).await
}

/// One product
///
/// Whoever may write the catalogue sees also one that is not shown.
#[utoipa::path(get, path = "/api/v1/products/{id}", operation_id = "getProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn product(
    app: App,
    request: HttpRequest,
    id: PathText,
) -> Result<HttpResponse, ApiError> {
    let key = id.key(key_of_product)?;
    match app.shelf.product(&app.services, key.clone()).await {
        Ok(kept) => Ok(kept.answer.respond(&request)),
        Err(missing) if missing.is_not_found() && sees_all(&request).await? => {
            let product = app.services.backroom.product(&key).await?.ok_or(missing)?;
            let version = product.version;
            etag::respond(&request, &Product::from(product), Some(version), None)
        }
        Err(error) => Err(error),
    }
}

/// Several products at once
///
/// In the order of the request, ids before slugs; what is not there is named in `missing`.
#[utoipa::path(post, path = "/api/v1/products/batch", operation_id = "getProducts", tag = "catalogue",
    request_body = ProductBatchRequest,
    responses((status = 200, description = "Products", body = ProductBatch)))]
pub(crate) async fn batch(
    app: App,
    body: Json<ProductBatchRequest>,
) -> Result<HttpResponse, ApiError> {
    let mut keys = body.value.keys()?;
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    let found = app.services.catalogue.batch(&keys).await?;
    let (mut items, mut missing): (Vec<&ProductView>, Vec<String>) = (Vec::new(), Vec::new());
    for key in &keys {
        let is_named = |product: &&ProductView| match key {
            ProductKey::Id(id) => product.id == *id,
            ProductKey::Slug(slug) => product.slug == *slug,
        };
        match (found.iter().find(is_named), key) {
            (Some(product), _) if items.iter().any(|item| item.id == product.id) => {}
            (Some(product), _) => items.push(product),
            (None, ProductKey::Id(id)) => missing.push(id.to_string()),
            (None, ProductKey::Slug(slug)) => missing.push(slug.clone()),
        }
    }
    let items = items.into_iter().cloned().map(Product::from).collect();
    Ok(HttpResponse::Ok().json(ProductBatch { items, missing }))
}
