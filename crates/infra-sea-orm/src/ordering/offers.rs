use domain::{
    catalogue::{ProductId, VariantId},
    inventory::StockLevelId,
    ordering::{Offer, OfferKey},
    shared::error::StoreError,
};
use sea_orm::Value;

use crate::{
    inventory::DEFAULT_LOCATION,
    row::{get, money},
    sql::{Row, Sql, list},
};

pub(super) async fn offers(sql: &dyn Sql, keys: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
    let (mut products, mut variants) = (Vec::new(), Vec::new());
    for key in keys {
        match key {
            OfferKey::Product(id) => products.push(Value::from(id.raw())),
            OfferKey::Variant(id) => variants.push(Value::from(id.raw())),
        }
    }
    let mut wanted = Vec::new();
    if !products.is_empty() {
        let keys = list(2, products.len());
        wanted.push(format!("SELECT id FROM variants WHERE position = 0 AND product_id IN {keys}"));
    }
    if !variants.is_empty() {
        let keys = list(2 + products.len(), variants.len());
        wanted.push(format!("SELECT id FROM variants WHERE id IN {keys}"));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("WITH wanted AS ({}) {OFFERS}", wanted.join(" UNION "));
    let mut values = vec![Value::from(DEFAULT_LOCATION)];
    values.extend(products.into_iter().chain(variants));
    offers_of(&sql.fetch(&text, values).await?)
}

/// Offers from rows that are grouped by variant, one row for each price.
fn offers_of(rows: &[Row]) -> Result<Vec<Offer>, StoreError> {
    let mut offers: Vec<Offer> = Vec::new();
    for row in rows {
        let variant = VariantId::new(get(row, "variant_id")?);
        if offers.last().is_none_or(|last| last.variant != variant) {
            offers.push(offer(variant, row)?);
        }
        let priced = get::<Option<String>>(row, "currency")?;
        if let (Some(offer), Some(code)) = (offers.last_mut(), priced) {
            offer.prices.push(money(get(row, "amount")?, &code)?);
        }
    }
    Ok(offers)
}

fn offer(variant: VariantId, row: &Row) -> Result<Offer, StoreError> {
    let is_default = get::<i64>(row, "position")? == 0;
    let is_counted: bool = get(row, "track_stock")?;
    let level = get::<Option<_>>(row, "level_id")?.map(StockLevelId::new);
    let name: String = get(row, "name")?;
    let name =
        if is_default { name } else { format!("{name} ({})", get::<String>(row, "variant_name")?) };
    Ok(Offer {
        product: ProductId::new(get(row, "product_id")?),
        variant,
        sku: get(row, "sku")?,
        name,
        // What is counted and lies nowhere is not sold: an offer without a level is never short.
        is_sold: get::<bool>(row, "is_sold")? && (!is_counted || level.is_some()),
        level: level.filter(|_| is_counted),
        is_default,
        prices: Vec::new(),
    })
}

const OFFERS: &str = "SELECT v.id AS variant_id, v.product_id, v.sku, v.position, v.track_stock, \
    v.name AS variant_name, p.name, s.id AS level_id, vp.currency, vp.amount, \
    p.status = 'active' AND COALESCE(c.is_shown, true) AS is_sold \
    FROM wanted JOIN variants v ON v.id = wanted.id JOIN products p ON p.id = v.product_id \
    LEFT JOIN categories c ON c.id = p.category_id \
    LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = $1 \
    LEFT JOIN variant_prices vp ON vp.variant_id = v.id \
    ORDER BY v.id, vp.position";
