use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    catalogue::{
        CategoryId, NewProduct, Product, ProductId, ProductKey, ProductRepository, ProductStatus,
        ProductView, Sku, Slug, Variant, VariantId,
    },
    identity::UserId,
    inventory::OpeningStock,
    shared::error::StoreError,
};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    listed::Listed,
    reads::product_of,
    search::{Indexed, UPSERT_TEXT, note_words, texts},
    shown::{slug_of, taken_slugs},
};
use crate::{
    inventory::{DEFAULT_LOCATION, Movement},
    row::{get, get_enum, get_time, micros, money},
    sql::{Dialect, Row, Sql},
    sql_list::{Rows, insert, insert_together, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ProductRepository for SeaUnitOfWork {
    async fn insert_all(
        &mut self,
        products: &[Product],
        stock: &[OpeningStock],
    ) -> Result<(), StoreError> {
        let made_at: HashMap<_, _> = products
            .iter()
            .flat_map(|product| {
                product.parts().variants.iter().map(|variant| (variant.id, product.created_at()))
            })
            .collect();
        let mut opening = Vec::with_capacity(stock.len());
        for stock in stock {
            let Some(at) = made_at.get(&stock.variant) else {
                let variant = stock.variant;
                return Err(StoreError::Corrupt(format!("stock of unknown variant {variant}")));
            };
            opening.push(Movement::opening(stock, *at));
        }
        let sold = products.iter().flat_map(|product| &product.parts().variants);
        let indexed: Vec<_> = products.iter().map(Indexed::of).collect();
        let tables = vec![
            Rows::new(INSERT, products.iter().map(product)),
            Rows::new(INSERT_VARIANTS, products.iter().flat_map(variants)),
            Rows::new(INSERT_PRICES, sold.flat_map(prices)),
            Rows::new(INSERT_LEVELS, stock.iter().map(level)),
            Movement::rows(opening.into_iter()),
            texts(&indexed),
        ];
        for (sql, values) in insert_together(self.dialect(), tables) {
            self.execute(&sql, values).await?;
        }
        note_words(self, &indexed).await?;
        let events: Vec<_> = products.iter().flat_map(Product::events).cloned().collect();
        self.append_events(&events);
        Ok(())
    }

    async fn find(&mut self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        let (by_id, by_slug) = match self.dialect() {
            Dialect::Sqlite => (FIND_BY_ID, FIND_BY_SLUG),
            Dialect::Postgres => (FIND_BY_ID_AND_LOCK, FIND_BY_SLUG_AND_LOCK),
        };
        let (sql, key) = match key {
            ProductKey::Id(id) => (by_id, Value::from(id.raw())),
            ProductKey::Slug(slug) => (by_slug, Value::from(slug.as_str())),
        };
        restored(&self.fetch(sql, vec![key]).await?)
    }

    async fn find_listing(
        &mut self,
        key: &ProductKey,
        owner: Option<UserId>,
    ) -> Result<Option<Product>, StoreError> {
        let (by_id, by_slug) = match self.dialect() {
            Dialect::Sqlite => (LISTING_BY_ID, LISTING_BY_SLUG),
            Dialect::Postgres => (LISTING_BY_ID_AND_LOCK, LISTING_BY_SLUG_AND_LOCK),
        };
        let (sql, key) = match key {
            ProductKey::Id(id) => (by_id, Value::from(id.raw())),
            ProductKey::Slug(slug) => (by_slug, Value::from(slug.as_str())),
        };
        restored(&self.fetch(sql, vec![key, owner.map(UserId::raw).into()]).await?)
    }

    async fn listings_of(
        &mut self,
        owner: UserId,
        limit: u32,
    ) -> Result<Vec<ProductId>, StoreError> {
        let values = values![owner.raw(), i64::from(limit)].to_vec();
        let rows = self.fetch(LISTINGS_OF, values).await?;
        rows.iter().map(|row| get(row, "id").map(ProductId::new)).collect()
    }

    async fn update(&mut self, product: &Product) -> Result<(), StoreError> {
        if product.events().is_empty() {
            return Ok(());
        }
        let (parts, listed) = (product.parts(), Listed::of(product));
        let changed = values![
            parts.category.map(CategoryId::raw),
            parts.owner.map(UserId::raw),
            parts.name.as_str(),
            parts.slug.as_str(),
            parts.description.as_str(),
            parts.status.as_str(),
            product.is_priced(),
            listed.currency,
            listed.level,
            listed.name_key,
            product.version(),
            micros(product.updated_at()),
            product.id().raw(),
            product.stored_version(),
        ];
        if self.execute(UPDATE, changed.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        let stored = product.stored().map_or(&[][..], |stored| &stored.variants);
        for variant in parts.variants.iter().filter(|variant| !stored.contains(variant)) {
            self.store_variant(variant, stored.iter().find(|old| old.id == variant.id)).await?;
        }
        let has_same_text =
            |old: &NewProduct| (&old.name, &old.description) == (&parts.name, &parts.description);
        if !product.stored().is_some_and(has_same_text) {
            let indexed = Indexed::of(product);
            self.execute(UPSERT_TEXT, indexed.row().to_vec()).await?;
            note_words(self, &[indexed]).await?;
        }
        self.append_events(product.events());
        Ok(())
    }

    async fn begin_counting(&mut self, stock: &OpeningStock) -> Result<(), StoreError> {
        let sql = format!("{INSERT_LEVELS} VALUES ($1, $2, $3, $4, $5, $6, $7, $8) {OR_NOTHING}");
        self.execute(&sql, level(stock).to_vec()).await.map(drop)
    }

    async fn delete(&mut self, product: &Product) -> Result<bool, StoreError> {
        let id = product.id().raw();
        let row = self.fetch_first(IS_USED, values![id].to_vec()).await?;
        if row.map_or(Ok(true), |row| get(&row, "is_used"))? {
            return Ok(false);
        }
        let version = product.stored_version();
        match self.delete_rows(id, version).await {
            // Changed, or ordered by somebody who had not committed when it was asked.
            Ok(0) | Err(StoreError::Refused { .. }) => Err(StoreError::Conflict),
            Ok(_) => {
                self.append_events(product.events());
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        taken_slugs(self, "products", slugs).await
    }

    async fn view(&mut self, id: ProductId) -> Result<Option<ProductView>, StoreError> {
        product_of(self, &ProductKey::Id(id)).await
    }
}

impl SeaUnitOfWork {
    async fn store_variant(
        &self,
        variant: &Variant,
        old: Option<&Variant>,
    ) -> Result<(), StoreError> {
        let id = variant.id.raw();
        let differs = |old: &Variant| {
            (&old.sku, &old.name, old.track_stock)
                != (&variant.sku, &variant.name, variant.track_stock)
        };
        if old.is_none_or(differs) {
            let (sku, name) = (variant.sku.as_str(), variant.name.as_str());
            let changed = values![sku, name, variant.track_stock, id];
            self.execute(UPDATE_VARIANT, changed.to_vec()).await?;
        }
        if old.is_none_or(|old| old.prices != variant.prices) {
            self.execute(DELETE_PRICES_OF_VARIANT, values![id].to_vec()).await?;
            insert(self, INSERT_PRICES, prices(variant).collect()).await?;
        }
        Ok(())
    }

    /// The levels first: whoever orders takes them before anything else.
    async fn delete_rows(&self, product: Uuid, version: i64) -> Result<u64, StoreError> {
        for sql in DELETE_PARTS {
            self.execute(sql, values![product].to_vec()).await?;
        }
        self.execute(DELETE, values![product, version].to_vec()).await
    }
}

/// The product from rows that are grouped by variant, one row for each price.
fn restored(rows: &[Row]) -> Result<Option<Product>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let mut variants: Vec<Variant> = Vec::new();
    for row in rows {
        let id = VariantId::new(get(row, "variant_id")?);
        if variants.last().is_none_or(|last| last.id != id) {
            variants.push(Variant {
                id,
                sku: get_enum(row, "sku", Sku::parse)?,
                name: get(row, "variant_name")?,
                track_stock: get(row, "track_stock")?,
                prices: Vec::new(),
            });
        }
        let priced = get::<Option<String>>(row, "currency")?;
        if let (Some(variant), Some(code)) = (variants.last_mut(), priced) {
            variant.prices.push(money(get(row, "amount")?, &code)?);
        }
    }
    let parts = NewProduct {
        category: get::<Option<_>>(first, "category_id")?.map(CategoryId::new),
        owner: get::<Option<_>>(first, "owner_id")?.map(UserId::new),
        name: get(first, "name")?,
        slug: slug_of(first)?,
        description: get(first, "description")?,
        status: get_enum(first, "status", ProductStatus::parse)?,
        variants,
    };
    Ok(Some(Product::restore(
        ProductId::new(get(first, "id")?),
        parts,
        get(first, "version")?,
        get_time(first, "created_at")?,
        get_time(first, "updated_at")?,
    )))
}

fn product(product: &Product) -> [Value; 14] {
    let (parts, listed) = (product.parts(), Listed::of(product));
    values![
        product.id().raw(),
        parts.category.map(CategoryId::raw),
        parts.owner.map(UserId::raw),
        parts.name.as_str(),
        parts.slug.as_str(),
        parts.description.as_str(),
        parts.status.as_str(),
        product.is_priced(),
        listed.currency,
        listed.level,
        listed.name_key,
        product.version(),
        micros(product.created_at()),
        micros(product.updated_at()),
    ]
}

fn variants(product: &Product) -> impl Iterator<Item = [Value; 6]> {
    product.parts().variants.iter().zip(0_i64..).map(|(variant, position)| {
        values![
            variant.id.raw(),
            product.id().raw(),
            position,
            variant.sku.as_str(),
            variant.name.as_str(),
            variant.track_stock,
        ]
    })
}

fn prices(variant: &Variant) -> impl Iterator<Item = [Value; 4]> {
    variant.prices.iter().zip(0_i64..).map(|(price, position)| {
        values![variant.id.raw(), price.currency.code(), position, price.minor]
    })
}

fn level(stock: &OpeningStock) -> [Value; 8] {
    values![
        stock.level.raw(),
        stock.variant.raw(),
        DEFAULT_LOCATION,
        stock.on_hand,
        0_i64,
        0_i64,
        0_i64,
        1_i64,
    ]
}

macro_rules! find {
    ($key:literal, $lock:literal) => {
        find!($key, "", $lock)
    };
    ($key:literal, $more:literal, $lock:literal) => {
        concat!(
            "SELECT p.id, p.category_id, p.owner_id, p.name, p.slug, p.description, p.status, p.version, \
             p.created_at, p.updated_at, v.id AS variant_id, v.sku, v.name AS variant_name, \
             v.track_stock, vp.currency, vp.amount \
             FROM products p JOIN variants v ON v.product_id = p.id \
             LEFT JOIN variant_prices vp ON vp.variant_id = v.id WHERE p.",
            $key,
            " = $1",
            $more,
            " ORDER BY v.position, vp.position",
            $lock,
        )
    };
}

const INSERT: &str = "INSERT INTO products (id, category_id, owner_id, name, slug, description, \
    status, is_priced, price_currency, price_level, name_key, version, created_at, updated_at)";

const INSERT_VARIANTS: &str =
    "INSERT INTO variants (id, product_id, position, sku, name, track_stock)";

const INSERT_PRICES: &str = "INSERT INTO variant_prices (variant_id, currency, position, amount)";

const INSERT_LEVELS: &str = "INSERT INTO stock_levels (id, variant_id, location_id, on_hand, \
    reserved, allocated, backorder_limit, version)";

const OR_NOTHING: &str = "ON CONFLICT (variant_id, location_id) DO NOTHING";

const FIND_BY_ID: &str = find!("id", "");
const FIND_BY_SLUG: &str = find!("slug", "");
const FIND_BY_ID_AND_LOCK: &str = find!("id", " FOR NO KEY UPDATE OF p");
const FIND_BY_SLUG_AND_LOCK: &str = find!("slug", " FOR NO KEY UPDATE OF p");

macro_rules! find_listing {
    ($key:literal, $lock:literal) => {
        find!($key, " AND p.owner_id IS NOT NULL AND ($2 IS NULL OR p.owner_id = $2)", $lock)
    };
}

const LISTING_BY_ID: &str = find_listing!("id", "");
const LISTING_BY_SLUG: &str = find_listing!("slug", "");
const LISTING_BY_ID_AND_LOCK: &str = find_listing!("id", " FOR NO KEY UPDATE OF p");
const LISTING_BY_SLUG_AND_LOCK: &str = find_listing!("slug", " FOR NO KEY UPDATE OF p");

const LISTINGS_OF: &str = "SELECT id FROM products WHERE owner_id = $1 ORDER BY id LIMIT $2";

const UPDATE: &str = "UPDATE products SET category_id = $1, owner_id = $2, name = $3, slug = $4, \
    description = $5, status = $6, is_priced = $7, price_currency = $8, price_level = $9, \
    name_key = $10, version = $11, updated_at = $12 WHERE id = $13 AND version = $14";

const UPDATE_VARIANT: &str =
    "UPDATE variants SET sku = $1, name = $2, track_stock = $3 WHERE id = $4";

const DELETE_PRICES_OF_VARIANT: &str = "DELETE FROM variant_prices WHERE variant_id = $1";

const IS_USED: &str = "SELECT EXISTS (SELECT 1 FROM order_lines WHERE product_id = $1) \
    OR EXISTS (SELECT 1 FROM variants v JOIN stock_levels s ON s.variant_id = v.id \
    JOIN stock_movements m ON m.level_id = s.id \
    WHERE v.product_id = $1 AND m.kind <> 'opening') AS is_used";

macro_rules! of_variants {
    ($table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE variant_id IN (SELECT id FROM variants WHERE product_id = $1)",
        )
    };
}

const DELETE_PARTS: [&str; 4] = [
    "DELETE FROM stock_movements WHERE level_id IN (SELECT s.id FROM stock_levels s \
     JOIN variants v ON v.id = s.variant_id WHERE v.product_id = $1)",
    of_variants!("stock_levels"),
    of_variants!("variant_prices"),
    "DELETE FROM variants WHERE product_id = $1",
];

const DELETE: &str = "DELETE FROM products WHERE id = $1 AND version = $2";
