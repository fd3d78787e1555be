//! Rows of the catalogue as views.

use domain::{
    catalogue::{
        CategoryId, CategoryView, FacetCategory, FacetView, PlaceKey, PriceLevel, ProductId,
        ProductPlace, ProductStatus, ProductView, Slug, VariantId, VariantView,
    },
    identity::UserId,
    shared::{
        error::StoreError,
        money::{Currency, Money},
    },
};

use super::order::Order;
use crate::{
    row::{currency, get, get_count, get_enum, get_time},
    sql::{Row, Sql, list},
};

pub(super) fn category(row: &Row) -> Result<CategoryView, StoreError> {
    Ok(CategoryView {
        id: CategoryId::new(get(row, "id")?),
        parent: get::<Option<_>>(row, "parent_id")?.map(CategoryId::new),
        name: get(row, "name")?,
        slug: get(row, "slug")?,
        is_active: get(row, "is_active")?,
        version: get(row, "version")?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

/// Products from rows that are grouped by product and variant, one row for each price. A product is
/// shown in the first currency of its default variant.
pub(super) fn products(rows: &[Row]) -> Result<Vec<ProductView>, StoreError> {
    let mut products: Vec<ProductView> = Vec::new();
    let mut shown_in: Option<Currency> = None;
    for row in rows {
        let id = ProductId::new(get(row, "id")?);
        if products.last().is_none_or(|last| last.id != id) {
            products.push(product(id, row)?);
            shown_in = None;
        }
        let Some(product) = products.last_mut() else { continue };
        let variant_id = VariantId::new(get(row, "variant_id")?);
        if product.variants.last().is_none_or(|last| last.id != variant_id) {
            product.variants.push(variant(variant_id, row)?);
        }
        let is_default = product.variants.len() == 1;
        let Some(variant) = product.variants.last_mut() else { continue };
        let Some(code) = get::<Option<String>>(row, "currency")? else { continue };
        let priced_in = currency(&code)?;
        if is_default {
            shown_in.get_or_insert(priced_in);
        }
        if shown_in == Some(priced_in) {
            variant.price = Some(Money::new(get(row, "amount")?, priced_in));
        }
    }
    Ok(products)
}

fn product(id: ProductId, row: &Row) -> Result<ProductView, StoreError> {
    Ok(ProductView {
        id,
        category: get::<Option<_>>(row, "category_id")?.map(CategoryId::new),
        owner: get::<Option<_>>(row, "owner_id")?.map(UserId::new),
        name: get(row, "name")?,
        slug: get(row, "slug")?,
        description: get(row, "description")?,
        status: get_enum(row, "status", ProductStatus::parse)?,
        version: get(row, "version")?,
        variants: Vec::new(),
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

fn variant(id: VariantId, row: &Row) -> Result<VariantView, StoreError> {
    let is_counted: bool = get(row, "track_stock")?;
    // What is counted and lies nowhere cannot be bought.
    let available = get::<Option<i64>>(row, "available")?.unwrap_or(0);
    Ok(VariantView {
        id,
        sku: get(row, "sku")?,
        name: get(row, "variant_name")?,
        price: None,
        available: is_counted.then_some(available),
    })
}

pub(crate) fn slug_of(row: &Row) -> Result<Slug, StoreError> {
    get_enum(row, "slug", Slug::parse)
}

/// Which of these slugs rows of `table` have.
pub(crate) async fn taken_slugs(
    sql: &dyn Sql,
    table: &'static str,
    slugs: &[Slug],
) -> Result<Vec<String>, StoreError> {
    let text = format!("SELECT slug FROM {table} WHERE slug IN {}", list(1, slugs.len()));
    let wanted = slugs.iter().map(|slug| slug.as_str().into()).collect();
    sql.fetch(&text, wanted).await?.iter().map(|row| get(row, "slug")).collect()
}

/// Where the product `id` stands among `rows` of a list in this order.
pub(super) fn place(rows: &[Row], id: ProductId, order: Order) -> Result<ProductPlace, StoreError> {
    for row in rows {
        if ProductId::new(get(row, "id")?) != id {
            continue;
        }
        let key = match order {
            Order::Newest => PlaceKey::Newest,
            Order::Price { .. } => PlaceKey::Price(PriceLevel::new(get(row, "sort_key")?)),
            Order::Name => PlaceKey::Name(get(row, "sort_key")?),
            Order::Rank => PlaceKey::Relevance(i64::from(get::<i32>(row, "sort_key")?)),
        };
        return Ok(ProductPlace { key, id });
    }
    Err(StoreError::Corrupt(format!("product {id} was found and is gone")))
}

pub(super) fn facet(row: &Row) -> Result<FacetView, StoreError> {
    let category = get::<Option<_>>(row, "category_id")?.map(CategoryId::new);
    let category = match category {
        Some(id) => Some(FacetCategory { id, name: get(row, "name")?, slug: get(row, "slug")? }),
        None => None,
    };
    let code: String = get(row, "price_currency")?;
    Ok(FacetView {
        category,
        currency: if code.is_empty() { None } else { Some(currency(&code)?) },
        products: get_count(row, "products")?,
        cheapest: PriceLevel::new(get(row, "cheapest")?),
        dearest: PriceLevel::new(get(row, "dearest")?),
    })
}
