use std::time::Instant;

use async_trait::async_trait;
use domain::{
    catalogue::{
        CatalogueBackroom, CataloguePart, CatalogueReads, CategoryId, CategoryKey, CategoryView,
        FacetView, ProductFilter, ProductId, ProductKey, ProductPlace, ProductSort, ProductView,
    },
    shared::{
        actor::Viewer,
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;

use super::{
    listing::Listing,
    order::Order,
    search::Terms,
    shown::{category, facet, place, products},
};
use crate::{
    connect::Database,
    inventory::DEFAULT_LOCATION,
    row::get_count,
    sql::{Dialect, Sql, list, seen_by},
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

    async fn batch(&self, keys: &[ProductKey]) -> Result<Vec<ProductView>, StoreError> {
        let (mut ids, mut slugs) = (Vec::new(), Vec::new());
        for key in keys {
            match key {
                ProductKey::Id(id) => ids.push(Value::from(id.raw())),
                ProductKey::Slug(slug) => slugs.push(Value::from(slug.as_str())),
            }
        }
        let mut named = Vec::new();
        if !ids.is_empty() {
            named.push(format!("SELECT id FROM products WHERE id IN {}", list(2, ids.len())));
        }
        if !slugs.is_empty() {
            let slugs = list(2 + ids.len(), slugs.len());
            named.push(format!("SELECT id FROM products WHERE slug IN {slugs}"));
        }
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("WITH named AS ({}), {SHOWN_OF_NAMED}", named.join(" UNION "));
        let mut values = vec![Value::from(DEFAULT_LOCATION)];
        values.extend(ids.into_iter().chain(slugs));
        products(&self.db.fetch(&text, values).await?)
    }

    async fn shelves(
        &self,
        categories: &[CategoryId],
        limit: u32,
    ) -> Result<Vec<ProductView>, StoreError> {
        if categories.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = list(3, categories.len());
        let text = match self.db.dialect() {
            Dialect::Sqlite => format!(
                "WITH wanted AS (SELECT p.id FROM categories c JOIN products p ON p.id IN \
                 ({TOP_OF_CATEGORY}) WHERE c.id IN {wanted}) {WITH_VARIANTS}"
            ),
            Dialect::Postgres => format!(
                "WITH wanted AS (SELECT top.id FROM categories c CROSS JOIN LATERAL \
                 ({TOP_OF_CATEGORY}) top WHERE c.id IN {wanted}) {WITH_VARIANTS}"
            ),
        };
        let mut values = values![DEFAULT_LOCATION, i64::from(limit)].to_vec();
        values.extend(categories.iter().map(|category| Value::from(category.raw())));
        products(&self.db.fetch(&text, values).await?)
    }

    async fn products(
        &self,
        filter: &ProductFilter,
        sort: ProductSort,
        window: Window<ProductPlace>,
    ) -> Result<Page<ProductView, ProductPlace>, StoreError> {
        let terms = self.terms(filter).await?;
        let is_counted = matches!(window, Window::Offset { .. });
        if terms.as_ref().is_some_and(Terms::is_empty) {
            return Ok(Page { items: Vec::new(), total: is_counted.then_some(0), next: None });
        }
        let listing = self.listing(filter, terms.as_ref());
        let (sql, values) = listing.rows(sort, &window)?;
        let rows = self.db.fetch(&sql, values).await?;
        let total = match is_counted {
            true => Some(self.total(&listing).await?),
            false => None,
        };
        let mut items = products(&rows)?;
        let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(last) if has_more => {
                Some(place(&rows, last.id, Order::of(sort, terms.is_some()))?)
            }
            _ => None,
        };
        Ok(Page { items, total, next })
    }

    async fn facets(&self, filter: &ProductFilter) -> Result<Vec<FacetView>, StoreError> {
        let terms = self.terms(filter).await?;
        if terms.as_ref().is_some_and(Terms::is_empty) {
            return Ok(Vec::new());
        }
        let (sql, values) = self.listing(filter, terms.as_ref()).facets();
        let rows = self.db.fetch(&sql, values).await?;
        rows.iter().map(facet).collect()
    }
}

impl SeaCatalogueReads {
    async fn terms(&self, filter: &ProductFilter) -> Result<Option<Terms>, StoreError> {
        match &filter.text {
            Some(text) => Terms::of(text, &self.db).await.map(Some),
            None => Ok(None),
        }
    }

    /// How many rows the whole list has, as it was known a moment ago.
    async fn total(&self, listing: &Listing<'_>) -> Result<u64, StoreError> {
        let (sql, values) = listing.count();
        let Some(changes) = self.db.catalogue_changes() else {
            return self.count(&sql, values).await;
        };
        let version = changes.version_of(CataloguePart::Products).number;
        let key = format!("{version} {sql} {values:?}");
        let totals = self.db.totals();
        if let Some(total) = totals.known(&key) {
            return Ok(total);
        }
        let asked = Instant::now();
        let total = self.count(&sql, values).await?;
        totals.keep(key, total, asked);
        Ok(total)
    }

    async fn count(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let row = self.db.fetch_first(sql, values).await?;
        row.map_or(Ok(0), |row| get_count(&row, "total"))
    }

    fn listing<'a>(&self, filter: &'a ProductFilter, terms: Option<&'a Terms>) -> Listing<'a> {
        Listing { dialect: self.db.dialect(), filter, terms }
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

    async fn listing(
        &self,
        id: ProductId,
        viewer: Viewer,
    ) -> Result<Option<ProductView>, StoreError> {
        let mut values = values![DEFAULT_LOCATION, id.raw()].to_vec();
        values.extend(seen_by(viewer));
        Ok(products(&self.db.fetch(LISTING, values).await?)?.pop())
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

/// The products `wanted` with one row for each price of each variant; `$1` is the location.
macro_rules! with_variants {
    () => {
        "SELECT p.id, p.category_id, p.owner_id, p.name, p.slug, p.description, p.status, p.version, \
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

const LISTING: &str = one_product!(
    "p.id = $2 AND p.owner_id IS NOT NULL AND (p.status = 'active' OR p.owner_id = $3 OR $4)"
);

const WITH_VARIANTS: &str = with_variants!();

/// The end of a statement that begins with the ids `named`.
const SHOWN_OF_NAMED: &str = concat!(
    "wanted AS (SELECT p.id FROM products p JOIN named ON named.id = p.id WHERE ",
    is_shown!(),
    ") ",
    with_variants!(),
);

/// The newest products of the category `c`, `$2` at most.
const TOP_OF_CATEGORY: &str = concat!(
    "SELECT p.id FROM products p WHERE p.category_id = c.id AND ",
    is_shown!(),
    " ORDER BY p.id DESC LIMIT $2",
);
