//! Categories as they are shown: in windows, whole, as a tree, with their newest products.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    catalogue::{CataloguePart, CategoryId, CategoryView},
    identity::Permission,
    shared::page::{Page, Window},
};
use uuid::Uuid;

use super::{
    dto::{Category, CategoryPage, Product},
    handlers::{key_of_category, shown},
};
use crate::{
    error::ApiError,
    etag::Tagged,
    extract::{PathText, Query, Windowed, authenticate},
    services::App,
};

/// Products that are shown with a category.
const SHELF: u32 = 20;
/// Categories that are shown with their products at once.
const MAX_SHELVES: usize = 100;

/// Whether the caller may see what is not shown to everybody.
///
/// # Errors
/// When there is a token and it is not good.
pub(super) async fn sees_all(request: &HttpRequest) -> Result<bool, ApiError> {
    let actor = authenticate(request).await?;
    Ok(actor.is_some_and(|actor| actor.may(Permission::CatalogueWrite)))
}

/// Whether `query` is also about what is not shown.
///
/// # Errors
/// When the caller may not see that.
async fn wants_inactive(request: &HttpRequest, query: &Query) -> Result<bool, ApiError> {
    match query.get("inactive")? {
        None | Some("false") => Ok(false),
        Some("true") => {
            let actor = authenticate(request).await?.ok_or_else(ApiError::token_missing)?;
            actor.require(Permission::CatalogueWrite)?;
            Ok(true)
        }
        Some(_) => Err(ApiError::invalid_query("inactive", "true or false is wanted")),
    }
}

/// Whether products are wanted with the categories.
fn wants_products(query: &Query) -> Result<bool, ApiError> {
    Ok(query.words("include", &["products"])?.contains(&"products"))
}

/// What an answer with categories depends on.
const fn part(with_products: bool) -> CataloguePart {
    if with_products { CataloguePart::Products } else { CataloguePart::Categories }
}

/// Puts the newest products into categories, in one statement.
async fn put_products(app: &App, categories: &mut [Category]) -> Result<(), ApiError> {
    if categories.len() > MAX_SHELVES {
        let detail = format!("more than {MAX_SHELVES} categories are asked for in windows");
        return Err(ApiError::invalid_query("include", detail));
    }
    let ids: Vec<_> = categories.iter().map(|category| CategoryId::new(category.id)).collect();
    let mut shelves: HashMap<Option<CategoryId>, Vec<Product>> = HashMap::new();
    for product in app.services.catalogue.shelves(&ids, SHELF).await? {
        shelves.entry(product.category).or_default().push(product.into());
    }
    for category in categories {
        let own = shelves.remove(&Some(CategoryId::new(category.id)));
        category.products = Some(own.unwrap_or_default());
    }
    Ok(())
}

/// Whether a tree is wanted instead of a list.
fn wants_tree(query: &Query) -> Result<bool, ApiError> {
    match query.get("view")? {
        None | Some("flat") => Ok(false),
        Some("tree") => Ok(true),
        Some(_) => Err(ApiError::invalid_query("view", "flat or tree is wanted")),
    }
}

/// The categories below `above` with those below them; what stands below nothing that is there
/// stands below nobody.
fn grown(all: &mut HashMap<Option<Uuid>, Vec<Category>>, above: Option<Uuid>) -> Vec<Category> {
    let mut level = all.remove(&above).unwrap_or_default();
    for category in &mut level {
        category.children = Some(grown(all, Some(category.id)));
    }
    level
}

fn by_parent(categories: Vec<Category>) -> HashMap<Option<Uuid>, Vec<Category>> {
    let mut all: HashMap<Option<Uuid>, Vec<Category>> = HashMap::new();
    for category in categories {
        all.entry(category.parent_id).or_default().push(category);
    }
    all
}

/// Active categories by name, in windows
///
/// With `inactive=true`, for whoever may write the catalogue, also those that are not shown.
#[utoipa::path(get, path = "/api/v1/categories", operation_id = "listCategories", tag = "catalogue",
    params(
        ("include" = Option<String>, Query, description = "`products`: the newest 20 of each category", pattern = "^products$", max_length = 8, example = "products"),
        ("inactive" = Option<bool>, Query, description = "Whether to list also what is not shown")),
    responses((status = 200, description = "Categories", body = CategoryPage)))]
pub(crate) async fn list(
    app: App,
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let (is_inner, with_products) =
        (wants_inactive(&request, &query).await?, wants_products(&query)?);
    let load = async {
        let categories = match is_inner {
            true => app.services.backroom.categories().await?,
            false => app.services.catalogue.categories().await?,
        };
        let page = cut(categories, windowed.window);
        let links = windowed.links(&query, page.total, page.next.as_ref());
        let mut page = CategoryPage::from(page);
        if with_products {
            put_products(&app, &mut page.items).await?;
        }
        Tagged::render(&page, None, links)
    };
    match is_inner {
        true => Ok(load.await?.respond(&request)),
        false => shown(&app, &request, part(with_products), load).await,
    }
}

/// Every active category by name
///
/// With `view=tree` the roots, each with its `children`. With `inactive=true`, for whoever may
/// write the catalogue, also those that are not shown.
#[utoipa::path(get, path = "/api/v1/categories/all", operation_id = "listAllCategories", tag = "catalogue",
    params(
        ("view" = Option<String>, Query, description = "`flat` or `tree`", pattern = "^(flat|tree)$", max_length = 4, example = "tree"),
        ("include" = Option<String>, Query, description = "`products`: the newest 20 of each of up to 100 categories", pattern = "^products$", max_length = 8, example = "products"),
        ("inactive" = Option<bool>, Query, description = "Whether to list also what is not shown")),
    responses((status = 200, description = "Categories", body = CategoryPage)))]
pub(crate) async fn all(
    app: App,
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let (wants_tree, with_products) = (wants_tree(&query)?, wants_products(&query)?);
    let is_inner = wants_inactive(&request, &query).await?;
    let load = async {
        let categories = match is_inner {
            true => app.services.backroom.categories().await?,
            false => app.services.catalogue.categories().await?,
        };
        let total = u64::try_from(categories.len()).map_err(ApiError::internal)?;
        let mut items: Vec<Category> = categories.into_iter().map(Category::from).collect();
        if with_products {
            put_products(&app, &mut items).await?;
        }
        if wants_tree {
            items = grown(&mut by_parent(items), None);
        }
        let page = CategoryPage { items, total: Some(total), next_cursor: None };
        Tagged::render(&page, None, None)
    };
    match is_inner {
        true => Ok(load.await?.respond(&request)),
        false => shown(&app, &request, part(with_products), load).await,
    }
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
///
/// Whoever may write the catalogue sees also one that is not shown.
#[utoipa::path(get, path = "/api/v1/categories/{val}", operation_id = "getCategory", tag = "catalogue",
    params(
        ("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea"),
        ("view" = Option<String>, Query, description = "`tree`: with the categories below it", pattern = "^(flat|tree)$", max_length = 4, example = "tree"),
        ("include" = Option<String>, Query, description = "`products`: its newest 20", pattern = "^products$", max_length = 8, example = "products")),
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn one(
    app: App,
    request: HttpRequest,
    val: PathText,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let key = val.key(key_of_category)?;
    let (wants_tree, with_products) = (wants_tree(&query)?, wants_products(&query)?);
    let load = async {
        let found = app.services.catalogue.category(&key).await?;
        whole(&app, found.ok_or_else(missing)?, wants_tree, with_products).await
    };
    match shown(&app, &request, part(with_products), load).await {
        Err(error) if error.is_not_found() && sees_all(&request).await? => {
            let found = app.services.backroom.category(&key).await?.ok_or(error)?;
            Ok(whole(&app, found, wants_tree, with_products).await?.respond(&request))
        }
        answer => answer,
    }
}

fn missing() -> ApiError {
    ApiError::not_found("category_not_found", "no such category")
}

/// One category with what was asked for.
async fn whole(
    app: &App,
    category: CategoryView,
    wants_tree: bool,
    with_products: bool,
) -> Result<Tagged, ApiError> {
    let version = category.version;
    let mut category = Category::from(category);
    if with_products {
        put_products(app, std::slice::from_mut(&mut category)).await?;
    }
    if wants_tree {
        let all = app.services.catalogue.categories().await?;
        let mut all = by_parent(all.into_iter().map(Category::from).collect());
        category.children = Some(grown(&mut all, Some(category.id)));
    }
    Tagged::render(&category, Some(version), None)
}
