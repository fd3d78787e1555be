use async_trait::async_trait;
use domain::{
    catalogue::{ProductId, VariantId},
    inventory::{
        Recount, RecountRepository, StockChange, StockCounters, StockKey, StockLevelId,
        VariantStock,
    },
    shared::error::StoreError,
};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    DEFAULT_LOCATION, Movement,
    stock::{counters, stock_columns},
};
use crate::{
    row::get,
    sql::{Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl RecountRepository for SeaUnitOfWork {
    async fn find(&mut self, key: StockKey) -> Result<Option<VariantStock>, StoreError> {
        variant_stock(self, key).await
    }

    async fn store(&mut self, recount: &Recount) -> Result<StockCounters, StoreError> {
        self.touched.product(recount.product);
        let Recount { before, after, .. } = recount;
        let (on_hand, level) = (after.on_hand, recount.level.raw());
        let (backorder_limit, low) = (after.backorder_limit, after.low_stock_threshold);
        let stored = if recount.is_new {
            let variant = recount.variant.raw();
            let values = values![level, variant, DEFAULT_LOCATION, on_hand, backorder_limit, low];
            self.fetch_first(BEGIN, values.to_vec()).await?
        } else {
            let values = values![
                level,
                on_hand,
                backorder_limit,
                low,
                before.on_hand,
                before.backorder_limit,
                before.low_stock_threshold.unwrap_or(NONE),
                recount.is_counted,
            ];
            self.fetch_first(RECOUNT, values.to_vec()).await?
        };
        let Some(row) = stored else { return Err(StoreError::Conflict) };
        let after = counters(&row)?;
        if recount.is_counted != recount.was_counted {
            let values = values![recount.variant.raw(), recount.is_counted];
            self.execute(TRACK, values.to_vec()).await?;
        }
        if recount.difference() != 0 {
            self.put_off(Movement::rows(std::iter::once(Movement::recount(recount))));
        }
        if recount.is_counted && !recount.is_new {
            let Recount { level, variant, at, .. } = *recount;
            let before =
                StockCounters { reserved: after.reserved, allocated: after.allocated, ..*before };
            let version = get(&row, "event_version")?;
            let change = StockChange { level, variant, before, after, version, at };
            self.append_events(&change.events());
        }
        Ok(after)
    }
}

pub(super) async fn variant_stock(
    sql: &dyn Sql,
    key: StockKey,
) -> Result<Option<VariantStock>, StoreError> {
    let [location] = values![DEFAULT_LOCATION];
    let row = match key {
        StockKey::Product(product) => {
            sql.fetch_first(STOCK_OF_PRODUCT, vec![location, product.raw().into()]).await?
        }
        StockKey::Variant(product, variant) => {
            let key: [Value; 2] = values![variant.raw(), product.raw()];
            sql.fetch_first(STOCK_OF_VARIANT_OF_PRODUCT, [&[location], &key[..]].concat()).await?
        }
    };
    row.as_ref().map(stock).transpose()
}

pub(super) async fn stock_of(
    sql: &dyn Sql,
    variant: VariantId,
) -> Result<Option<VariantStock>, StoreError> {
    let values = values![DEFAULT_LOCATION, variant.raw()].to_vec();
    sql.fetch_first(STOCK_OF_VARIANT, values).await?.as_ref().map(stock).transpose()
}

fn stock(row: &Row) -> Result<VariantStock, StoreError> {
    let level = get::<Option<Uuid>>(row, "level_id")?.map(StockLevelId::new);
    Ok(VariantStock {
        product: ProductId::new(get(row, "product_id")?),
        variant: VariantId::new(get(row, "variant_id")?),
        sku: get(row, "sku")?,
        name: get(row, "name")?,
        is_counted: get(row, "track_stock")?,
        level,
        counters: if level.is_some() { counters(row)? } else { StockCounters::default() },
    })
}

macro_rules! stock_where {
    ($wanted:literal) => {
        concat!(
            "SELECT v.product_id, v.id AS variant_id, v.sku, p.name, v.track_stock, \
             s.id AS level_id, ",
            stock_columns!(),
            " FROM variants v JOIN products p ON p.id = v.product_id \
             LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = $1 WHERE ",
            $wanted,
        )
    };
}

const STOCK_OF_PRODUCT: &str = stock_where!("v.product_id = $2 AND v.position = 0");
const STOCK_OF_VARIANT_OF_PRODUCT: &str = stock_where!("v.id = $2 AND v.product_id = $3");
const STOCK_OF_VARIANT: &str = stock_where!("v.id = $2");

/// Stands for no threshold where two are compared.
const NONE: i64 = -1;

const BEGIN: &str = concat!(
    "INSERT INTO stock_levels (id, variant_id, location_id, on_hand, reserved, allocated, \
     backorder_limit, low_stock_threshold, version) VALUES ($1, $2, $3, $4, 0, 0, $5, $6, 1) \
     ON CONFLICT (variant_id, location_id) DO NOTHING RETURNING event_version, ",
    stock_columns!(),
);

/// Adds the events of [`StockChange::events`] when stock is counted.
const RECOUNT: &str = concat!(
    "UPDATE stock_levels SET on_hand = $2, backorder_limit = $3, low_stock_threshold = $4, \
     version = version + 1, event_version = event_version + CASE WHEN NOT $8 THEN 0 ELSE \
     CASE WHEN (low_stock_threshold IS NULL \
     OR on_hand - reserved - allocated > low_stock_threshold) \
     AND $2 - reserved - allocated <= $4 THEN 1 ELSE 0 END + \
     CASE WHEN on_hand - reserved - allocated + backorder_limit > 0 \
     AND $2 - reserved - allocated + $3 <= 0 THEN 1 ELSE 0 END END \
     WHERE id = $1 AND on_hand = $5 AND backorder_limit = $6 \
     AND COALESCE(low_stock_threshold, -1) = $7 AND $2 - reserved - allocated + $3 >= 0 \
     RETURNING event_version, ",
    stock_columns!(),
);

const TRACK: &str = "UPDATE variants SET track_stock = $2 WHERE id = $1";
