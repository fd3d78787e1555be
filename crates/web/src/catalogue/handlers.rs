use std::future::Future;

use actix_web::{HttpRequest, HttpResponse, http::uri::PathAndQuery};
use domain::{
    catalogue::{CataloguePart, CategoryId, CategoryKey, CategoryView, ProductId, ProductKey},
    shared::page::{Page, Window},
};

use super::{
    cursor,
    dto::{Category, CategoryPage, Facets, Product, ProductPage},
    wanted::Wanted,
};
use crate::{
    error::ApiError,
    etag::{self, Tagged},
    extract::{PathText, Query, Windowed, parse_id},
    services::App,
};

pub(super) fn key_of_category(text: &str) -> Option<CategoryKey> {
    match parse_id(text) {
        Some(id) => Some(CategoryKey::Id(CategoryId::new(id))),
        None => is_slug_shaped(text).then(|| CategoryKey::Slug(text.to_owned())),
    }
}

fn key_of_product(text: &str) -> Option<ProductKey> {
    match parse_id(text) {
        Some(id) => Some(ProductKey::Id(ProductId::new(id))),
        None => is_slug_shaped(text).then(|| ProductKey::Slug(text.to_owned())),
    }
}

/// Whether `text` is what the document says of a slug; some of it, such as a number, is nobody's.
fn is_slug_shaped(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 100 && text.split('-').all(word)
}

/// Active categories by name, in windows
#[utoipa::path(get, path = "/api/v1/categories", operation_id = "listCategories", tag = "catalogue",
    responses((status = 200, description = "Categories", body = CategoryPage)))]
pub(crate) async fn categories(
    app: App,
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let load = async {
        let page = cut(app.services.catalogue.categories().await?, windowed.window);
        let links = windowed.links(&query, page.total, page.next);
        Tagged::render(&CategoryPage::from(page), None, links)
    };
    shown(&app, &request, CataloguePart::Categories, load).await
}

/// Every active category by name
#[utoipa::path(get, path = "/api/v1/categories/all", operation_id = "listAllCategories", tag = "catalogue",
    responses((status = 200, description = "Categories", body = CategoryPage)))]
pub(crate) async fn all_categories(
    app: App,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let load = async {
        let items = app.services.catalogue.categories().await?;
        let total = u64::try_from(items.len()).map_err(ApiError::internal)?;
        let page = Page { items, total: Some(total), next: None };
        Tagged::render(&CategoryPage::from(page), None, None)
    };
    shown(&app, &request, CataloguePart::Categories, load).await
}

/// Answers with what everybody is shown at the address of `request`.
async fn shown(
    app: &App,
    request: &HttpRequest,
    part: CataloguePart,
    load: impl Future<Output = Result<Tagged, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    Ok(app.shelf.at(&app.services, target, part, load).await?.respond(request))
}

/// The window of a list that is small and read whole.
fn cut(all: Vec<CategoryView>, window: Window) -> Page<CategoryView> {
    let count = all.len();
    let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
    let (skip, total) = match window {
        Window::Offset { offset, .. } => {
            (usize::try_from(offset).unwrap_or(usize::MAX), u64::try_from(count).ok())
        }
        Window::After { after, .. } => {
            let at = all.iter().position(|category| category.id.raw() == after);
            (at.map_or(count, |at| at + 1), None)
        }
    };
    let items: Vec<CategoryView> = all.into_iter().skip(skip).take(limit).collect();
    let more = skip.saturating_add(items.len()) < count;
    let next = items.last().filter(|_| more).map(|category| category.id.raw());
    Page { items, total, next }
}

/// One category
#[utoipa::path(get, path = "/api/v1/categories/{val}", operation_id = "getCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn category(
    app: App,
    request: HttpRequest,
    val: PathText,
) -> Result<HttpResponse, ApiError> {
    let key = val.key(key_of_category)?;
    let load = async {
        match app.services.catalogue.category(&key).await? {
            Some(category) => Tagged::render(&Category::from(category), None, None),
            None => Err(ApiError::not_found("category_not_found", "no such category")),
        }
    };
    shown(&app, &request, CataloguePart::Categories, load).await
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
        ("facets" = Option<String>, Query, description = "What to count the products by: `category`, `price`, or both with a comma", pattern = "^(category|price)(,(category|price))*$", example = "category,price"),
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
#[utoipa::path(get, path = "/api/v1/products/{id}", operation_id = "getProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn product(
    app: App,
    request: HttpRequest,
    id: PathText,
) -> Result<HttpResponse, ApiError> {
    let key = id.key(key_of_product)?;
    let kept = app.shelf.product(&app.services, key).await?;
    Ok(kept.answer.respond(&request))
}
