use domain::catalogue::PriceLevel;
use domain::shared::{error::StoreError, event::Provenance, money::Money, ports::UnitOfWork};
use uuid::Uuid;

use super::{
    listed::name_key,
    search::{Indexed, note_words, texts},
};
use crate::{
    connect::Database,
    row::{get, get_count, money},
    sql::{Dialect, Row, Sql},
    sql_list::{insert_together, values},
};

/// Products brought up to date in one transaction.
const BATCH: i64 = 200;

impl Database {
    /// Makes lists and searches know the products that were stored before there was anything to
    /// know them by; begins where it was cut off before. Answers how many there were.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer; what was done until then stays.
    pub async fn index_products(&self) -> Result<u64, StoreError> {
        let row = self.fetch_first(MISSING, Vec::new()).await?;
        let missing: i64 = row.map_or(Ok(0), |row| get_count(&row, "missing"))?;
        if missing <= 0 {
            return Ok(0);
        }
        let mut done = 0_u64;
        loop {
            let work = self.begin(&Provenance::default()).await?;
            let unknown = match work.dialect() {
                Dialect::Sqlite => UNKNOWN.to_owned(),
                Dialect::Postgres => format!("{UNKNOWN} FOR UPDATE OF p"),
            };
            let rows = work.fetch(&unknown, values![BATCH].to_vec()).await?;
            let products = by_product(&rows)?;
            let Some(count) = u64::try_from(products.len()).ok().filter(|count| *count > 0) else {
                return Ok(done);
            };
            let mut indexed = Vec::with_capacity(products.len());
            for product in &products {
                let listed = values![
                    product.price.map_or("", |price| price.currency.code()),
                    product.price.map_or(0, |price| PriceLevel::of(price).raw()),
                    name_key(&product.name),
                    product.id,
                ];
                work.execute(UPDATE, listed.to_vec()).await?;
                indexed.push(Indexed::new(product.id, &product.name, &product.description));
            }
            let texts = texts(&indexed).ending(" ON CONFLICT DO NOTHING");
            for (sql, values) in insert_together(work.dialect(), vec![texts]) {
                work.execute(&sql, values).await?;
            }
            note_words(&work, &indexed).await?;
            Box::new(work).commit().await?;
            done += count;
        }
    }
}

struct Unknown {
    id: Uuid,
    name: String,
    description: String,
    price: Option<Money>,
}

fn by_product(rows: &[Row]) -> Result<Vec<Unknown>, StoreError> {
    rows.iter()
        .map(|row| {
            let code = get::<Option<String>>(row, "currency")?;
            let price = match code {
                Some(code) => Some(money(get(row, "amount")?, &code)?),
                None => None,
            };
            let (name, description) = (get(row, "name")?, get(row, "description")?);
            Ok(Unknown { id: get(row, "id")?, name, description, price })
        })
        .collect()
}

const MISSING: &str = "SELECT CAST((SELECT COUNT(*) FROM products) - \
    (SELECT COUNT(*) FROM product_texts) AS bigint) AS missing";

/// With the price each is shown at.
const UNKNOWN: &str = "SELECT p.id, p.name, p.description, vp.currency, vp.amount FROM products p \
    LEFT JOIN variants v ON v.product_id = p.id AND v.position = 0 \
    LEFT JOIN variant_prices vp ON vp.variant_id = v.id AND vp.position = 0 \
    WHERE NOT EXISTS (SELECT 1 FROM product_texts t WHERE t.product_id = p.id) \
    ORDER BY p.id LIMIT $1";

const UPDATE: &str = "UPDATE products SET price_currency = $1, price_level = $2, name_key = $3 \
    WHERE id = $4";
