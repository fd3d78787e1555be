use actix_web::{HttpRequest, HttpResponse};
use domain::{
    catalogue::{CategoryKey, CategoryView, ProductFilter, ProductSort, SearchText},
    shared::page::Window,
};
use serde::Serialize;

use super::{next::escape, shown::Product, view::View, visitor::Visitor};
use crate::{catalogue::handlers::key_of_category, error::ApiError, extract::Query, services::App};

const PER_PAGE: u32 = 24;
const MAX_PAGE: u32 = 10_000;

#[derive(Serialize)]
struct CategoryLink {
    name: String,
    slug: String,
    is_current: bool,
}

/// The shop: what is sold, by words and by category.
#[derive(Serialize)]
struct HomePage<'a> {
    q: &'a str,
    category: Option<&'a str>,
    sort: &'static str,
    sorts: Vec<&'static str>,
    categories: Vec<CategoryLink>,
    products: Vec<Product>,
    total: u64,
    page: u32,
    pages: u64,
    /// Address of this list but for the number of the page.
    list: String,
}

/// Shows what is sold.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let q = query.get("q")?.unwrap_or_default().trim();
    let text = match q {
        "" => None,
        _ => query.one_of("q", SearchText::parse, "1 to 200 characters")?,
    };
    let category = match query.get("category")? {
        None | Some("") => None,
        Some(_) => query.one_of("category", key_of_category, "a UUID or a slug")?,
    };
    let default = if text.is_some() { ProductSort::Relevance } else { ProductSort::Newest };
    let asked = query.one_of("sort", ProductSort::parse, "newest, price, -price or name")?;
    let sort = match asked {
        Some(ProductSort::Relevance) | None => default,
        Some(sort) => sort,
    };
    let page = query.number("page", 1..=MAX_PAGE)?.unwrap_or(1);

    let reads = &app.services.catalogue;
    let categories = reads.categories().await?;
    let filter = ProductFilter { category: category.clone(), text, ..ProductFilter::default() };
    let offset = u64::from(page - 1) * u64::from(PER_PAGE);
    let found = reads.products(&filter, sort, Window::Offset { limit: PER_PAGE, offset }).await?;

    let slug = category.as_ref().and(query.get("category")?);
    let total = found.total.unwrap_or_default();
    let mut sorts = vec!["newest", "price", "-price", "name"];
    if filter.text.is_some() {
        sorts.insert(0, "relevance");
    }
    let content = HomePage {
        q,
        category: slug,
        sort: sort.as_str(),
        sorts,
        categories: links(categories, category.as_ref()),
        products: found.items.iter().map(Product::from).collect(),
        total,
        page,
        pages: total.div_ceil(u64::from(PER_PAGE)).max(1),
        list: list(q, slug, asked),
    };
    View::new(&app, &http, visitor.0).page("home.html", content)
}

/// Address of a list but for the number of its page.
fn list(q: &str, category: Option<&str>, sort: Option<ProductSort>) -> String {
    let mut address = "/?".to_owned();
    let given = [
        ("q", Some(q).filter(|q| !q.is_empty())),
        ("category", category),
        ("sort", sort.map(ProductSort::as_str)),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            address.push_str(&format!("{name}={}&", escape(value)));
        }
    }
    address
}

/// The roots, and what stands around the one that is looked at.
fn links(all: Vec<CategoryView>, current: Option<&CategoryKey>) -> Vec<CategoryLink> {
    let is_current = |category: &CategoryView| match current {
        Some(CategoryKey::Id(id)) => category.id == *id,
        Some(CategoryKey::Slug(slug)) => category.slug == *slug,
        None => false,
    };
    let here = all.iter().find(|category| is_current(category));
    let here = here.map(|category| (category.id, category.parent));
    let is_near = |category: &CategoryView| {
        let Some(parent) = category.parent else { return true };
        here.is_some_and(|(id, above)| parent == id || Some(parent) == above)
    };
    let link = |category: CategoryView| CategoryLink {
        is_current: is_current(&category),
        name: category.name,
        slug: category.slug,
    };
    all.iter().filter(|category| is_near(category)).cloned().map(link).collect()
}
