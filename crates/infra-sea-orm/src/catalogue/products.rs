use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    catalogue::{CategoryId, Product, ProductRepository, Variant},
    inventory::OpeningStock,
    shared::error::StoreError,
};
use sea_orm::Value;
use uuid::Uuid;

use crate::{
    inventory::{DEFAULT_LOCATION, Movement, insert_movements},
    row::micros,
    sql_list::{insert, values, version_after},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ProductRepository for SeaUnitOfWork {
    async fn insert_all(
        &mut self,
        products: &[Product],
        stock: &[OpeningStock],
    ) -> Result<(), StoreError> {
        insert(self, INSERT, products.iter().map(product).collect()).await?;
        insert(self, INSERT_VARIANTS, products.iter().flat_map(variants).collect()).await?;
        let sold = || products.iter().flat_map(|product| &product.parts().variants);
        insert(self, INSERT_PRICES, sold().flat_map(prices).collect()).await?;
        insert(self, INSERT_LEVELS, stock.iter().map(level).collect()).await?;

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
        insert_movements(self, opening.into_iter()).await?;
        let events: Vec<_> = products.iter().flat_map(Product::events).cloned().collect();
        self.append_events(&events);
        Ok(())
    }
}

fn product(product: &Product) -> [Value; 11] {
    let (parts, at) = (product.parts(), micros(product.created_at()));
    values![
        product.id().raw(),
        parts.category.map(CategoryId::raw),
        None::<Uuid>,
        parts.name.as_str(),
        parts.slug.as_str(),
        parts.description.as_str(),
        parts.status.as_str(),
        parts.variants.first().is_some_and(|default| !default.prices.is_empty()),
        version_after(product.events()),
        at,
        at,
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

const INSERT: &str = "INSERT INTO products (id, category_id, owner_id, name, slug, description, \
    status, is_priced, version, created_at, updated_at)";

const INSERT_VARIANTS: &str =
    "INSERT INTO variants (id, product_id, position, sku, name, track_stock)";

const INSERT_PRICES: &str = "INSERT INTO variant_prices (variant_id, currency, position, amount)";

const INSERT_LEVELS: &str = "INSERT INTO stock_levels (id, variant_id, location_id, on_hand, \
    reserved, allocated, backorder_limit, version)";
