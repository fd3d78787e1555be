use async_trait::async_trait;
use domain::{
    catalogue::{
        CatalogueBackroom, CatalogueReads, CategoryKey, CategoryView, ProductFilter, ProductKey,
        ProductView,
    },
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;

use super::shown::{NO_KEY, category, products};
use crate::{
    connect::Database,
    inventory::DEFAULT_LOCATION,
    paging::{Bounds, page},
    sql::Sql,
    sql_list::values,
};

/// Reads the catalogue from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = CatalogueReads)]
pub struct SeaCatalogueReads {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl CatalogueReads for SeaCatalogueReads {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        let rows = self.db.fetch(CATEGORIES, Vec::new()).await?;
        rows.iter().map(category).collect()
    }

    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        let (sql, key) = match key {
            CategoryKey::Id(id) => (CATEGORY_BY_ID, Value::from(id.raw())),
            CategoryKey::Slug(slug) => (CATEGORY_BY_SLUG, Value::from(slug.as_str())),
        };
        self.db.fetch_first(sql, vec![key]).await?.as_ref().map(category).transpose()
    }

    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        let (sql, key) = match key {
            ProductKey::Id(id) => (PRODUCT_BY_ID, Value::from(id.raw())),
            ProductKey::Slug(slug) => (PRODUCT_BY_SLUG, Value::from(slug.as_str())),
        };
        let rows = self.db.fetch(sql, vec![DEFAULT_LOCATION.into(), key]).await?;
        Ok(products(&rows)?.pop())
    }

    async fn products(
        &self,
        filter: &ProductFilter,
        window: Window,
    ) -> Result<Page<ProductView>, StoreError> {
        let (newest, count, key) = match &filter.category {
            None => (NEWEST, COUNT, Value::from(NO_KEY)),
            Some(CategoryKey::Id(id)) => (NEWEST_BY_ID, COUNT_BY_ID, Value::from(id.raw())),
            Some(CategoryKey::Slug(slug)) => {
                (NEWEST_BY_SLUG, COUNT_BY_SLUG, Value::from(slug.as_str()))
            }
        };
        let Bounds { after, limit, offset } = Bounds::of(window);
        let [after, limit, offset, location] = values![after, limit, offset, DEFAULT_LOCATION];
        let rows = self.db.fetch(newest, vec![location, key.clone(), after, limit, offset]).await?;
        let total = match window {
            Window::Offset { .. } => Some((count, vec![key])),
            Window::After { .. } => None,
        };
        page(&self.db, window, products(&rows)?, |product| product.id.raw(), total).await
    }
}

/// Reads what is not shown to everybody from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = CatalogueBackroom)]
pub struct SeaCatalogueBackroom {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl CatalogueBackroom for SeaCatalogueBackroom {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        let rows = self.db.fetch(ANY_CATEGORIES, Vec::new()).await?;
        rows.iter().map(category).collect()
    }

    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        category_of(&self.db, key).await
    }

    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        product_of(&self.db, key).await
    }
}

/// The category, whether it is shown or not.
pub(super) async fn category_of(
    sql: &dyn Sql,
    key: &CategoryKey,
) -> Result<Option<CategoryView>, StoreError> {
    let (text, key) = match key {
        CategoryKey::Id(id) => (ANY_CATEGORY_BY_ID, Value::from(id.raw())),
        CategoryKey::Slug(slug) => (ANY_CATEGORY_BY_SLUG, Value::from(slug.as_str())),
    };
    sql.fetch_first(text, vec![key]).await?.as_ref().map(category).transpose()
}

/// The product, whether it is shown or not.
pub(super) async fn product_of(
    sql: &dyn Sql,
    key: &ProductKey,
) -> Result<Option<ProductView>, StoreError> {
    let (text, key) = match key {
        ProductKey::Id(id) => (ANY_PRODUCT_BY_ID, Value::from(id.raw())),
        ProductKey::Slug(slug) => (ANY_PRODUCT_BY_SLUG, Value::from(slug.as_str())),
    };
    let rows = sql.fetch(text, vec![DEFAULT_LOCATION.into(), key]).await?;
    Ok(products(&rows)?.pop())
}

macro_rules! categories {
    ($wanted:literal) => {
        concat!(
            "SELECT id, parent_id, name, slug, is_active, version, created_at, updated_at \
             FROM categories WHERE ",
            $wanted,
            " ORDER BY name, id",
        )
    };
}

/// Condition on a product `p` that everybody may see: active, priced, its category not hidden.
macro_rules! is_shown {
    () => {
        "p.status = 'active' AND p.is_priced AND (p.category_id IS NULL OR p.category_id NOT IN \
         (SELECT id FROM categories WHERE NOT is_shown))"
    };
}

/// The products `wanted` with one row for each price of each variant; `$1` is the location.
macro_rules! with_variants {
    () => {
        "SELECT p.id, p.category_id, p.name, p.slug, p.description, p.status, p.version, \
         p.created_at, p.updated_at, v.id AS variant_id, v.sku, v.name AS variant_name, \
         v.track_stock, s.on_hand - s.reserved - s.allocated + s.backorder_limit AS available, \
         vp.currency, vp.amount \
         FROM wanted JOIN products p ON p.id = wanted.id JOIN variants v ON v.product_id = p.id \
         LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = $1 \
         LEFT JOIN variant_prices vp ON vp.variant_id = v.id \
         ORDER BY p.id DESC, v.position, vp.position"
    };
}

macro_rules! one_product {
    ($key:expr) => {
        concat!("WITH wanted AS (SELECT p.id FROM products p WHERE ", $key, ") ", with_variants!())
    };
}

/// The category `$key` and all below it.
macro_rules! subtree {
    ($key:literal) => {
        concat!(
            "WITH RECURSIVE below(id) AS (SELECT id FROM categories WHERE ",
            $key,
            " UNION SELECT c.id FROM categories c JOIN below ON c.parent_id = below.id)",
        )
    };
}

macro_rules! newest {
    ($with:expr, $filter:literal) => {
        concat!(
            $with,
            " wanted AS (SELECT p.id FROM products p WHERE ",
            $filter,
            " AND p.id < $3 AND ",
            is_shown!(),
            " ORDER BY p.id DESC LIMIT $4 OFFSET $5) ",
            with_variants!(),
        )
    };
}

macro_rules! count {
    ($with:expr, $filter:literal) => {
        concat!(
            $with,
            " SELECT COUNT(*) AS total FROM products p WHERE ",
            $filter,
            " AND ",
            is_shown!()
        )
    };
}

const CATEGORIES: &str = categories!("is_shown");
const CATEGORY_BY_ID: &str = categories!("is_shown AND id = $1");
const CATEGORY_BY_SLUG: &str = categories!("is_shown AND slug = $1");
const ANY_CATEGORIES: &str = categories!("true");
const ANY_CATEGORY_BY_ID: &str = categories!("id = $1");
const ANY_CATEGORY_BY_SLUG: &str = categories!("slug = $1");

const PRODUCT_BY_ID: &str = one_product!(concat!("p.id = $2 AND ", is_shown!()));
const PRODUCT_BY_SLUG: &str = one_product!(concat!("p.slug = $2 AND ", is_shown!()));
const ANY_PRODUCT_BY_ID: &str = one_product!("p.id = $2");
const ANY_PRODUCT_BY_SLUG: &str = one_product!("p.slug = $2");

const NEWEST: &str = newest!("WITH", "p.id <> $2");
const NEWEST_BY_ID: &str =
    newest!(concat!(subtree!("id = $2"), ","), "p.category_id IN (SELECT id FROM below)");
const NEWEST_BY_SLUG: &str =
    newest!(concat!(subtree!("slug = $2"), ","), "p.category_id IN (SELECT id FROM below)");

const COUNT: &str = count!("", "p.id <> $1");
const COUNT_BY_ID: &str = count!(subtree!("id = $1"), "p.category_id IN (SELECT id FROM below)");
const COUNT_BY_SLUG: &str =
    count!(subtree!("slug = $1"), "p.category_id IN (SELECT id FROM below)");
