use async_trait::async_trait;
use domain::{
    catalogue::VariantId,
    inventory::{InventoryReads, MovementId, MovementKind, MovementView, StockKey, VariantStock},
    ordering::OrderId,
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use uuid::Uuid;

use super::{
    DEFAULT_LOCATION,
    recounts::{stock_of, variant_stock},
};
use crate::{
    connect::Database,
    paging::{Bounds, page},
    row::{get, get_enum, get_time},
    sql::{Row, Sql},
    sql_list::values,
};

/// Reads stock from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = InventoryReads)]
pub struct SeaInventoryReads {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl InventoryReads for SeaInventoryReads {
    async fn stock(&self, key: StockKey) -> Result<Option<VariantStock>, StoreError> {
        variant_stock(&self.db, key).await
    }

    async fn stock_of(&self, variant: VariantId) -> Result<Option<VariantStock>, StoreError> {
        stock_of(&self.db, variant).await
    }

    async fn movements(
        &self,
        key: StockKey,
        window: Window,
    ) -> Result<Option<Page<MovementView>>, StoreError> {
        let (newest, count, variant) = match key {
            StockKey::Product(_) => (NEWEST_OF_PRODUCT, COUNT_OF_PRODUCT, None),
            StockKey::Variant(_, variant) => {
                (NEWEST_OF_VARIANT, COUNT_OF_VARIANT, Some(variant.raw()))
            }
        };
        let product = match key {
            StockKey::Product(product) | StockKey::Variant(product, _) => product.raw(),
        };
        let keys = || {
            let mut keys = values![DEFAULT_LOCATION, product].to_vec();
            keys.extend(variant.map(sea_orm::Value::from));
            keys
        };
        let Bounds { after, limit, offset } = Bounds::of(window);
        let mut values = values![after, limit, offset].to_vec();
        values.extend(keys());
        let rows = self.db.fetch(newest, values).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let found: Vec<_> = rows.iter().map(movement).collect::<Result<_, _>>()?;
        let total = match window {
            Window::Offset { .. } => Some((count, keys())),
            Window::After { .. } => None,
        };
        let found = found.into_iter().flatten().collect();
        page(&self.db, window, found, |movement: &MovementView| movement.id.raw(), total)
            .await
            .map(Some)
    }
}

/// A movement; the variant without any has one row of nothing.
fn movement(row: &Row) -> Result<Option<MovementView>, StoreError> {
    let Some(id) = get::<Option<Uuid>>(row, "id")? else { return Ok(None) };
    Ok(Some(MovementView {
        id: MovementId::new(id),
        kind: get_enum(row, "kind", MovementKind::parse)?,
        on_hand: get(row, "on_hand_change")?,
        reserved: get(row, "reserved_change")?,
        allocated: get(row, "allocated_change")?,
        order: get::<Option<Uuid>>(row, "order_id")?.map(OrderId::new),
        reason: get(row, "reason")?,
        at: get_time(row, "created_at")?,
    }))
}

macro_rules! newest {
    ($wanted:literal) => {
        concat!(
            "WITH wanted AS (SELECT s.id AS wanted_level FROM variants v \
             LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = $4 WHERE ",
            $wanted,
            "), recent AS (SELECT id, kind, on_hand_change, reserved_change, allocated_change, \
             order_id, reason, created_at FROM stock_movements \
             WHERE level_id = (SELECT wanted_level FROM wanted) AND id < $1 \
             ORDER BY id DESC LIMIT $2 OFFSET $3) \
             SELECT recent.* FROM wanted LEFT JOIN recent ON true ORDER BY recent.id DESC",
        )
    };
}

macro_rules! count {
    ($wanted:literal) => {
        concat!(
            "SELECT COUNT(*) AS total FROM variants v \
             JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = $1 \
             JOIN stock_movements m ON m.level_id = s.id WHERE ",
            $wanted,
        )
    };
}

const NEWEST_OF_PRODUCT: &str = newest!("v.product_id = $5 AND v.position = 0");
const NEWEST_OF_VARIANT: &str = newest!("v.product_id = $5 AND v.id = $6");
const COUNT_OF_PRODUCT: &str = count!("v.product_id = $2 AND v.position = 0");
const COUNT_OF_VARIANT: &str = count!("v.product_id = $2 AND v.id = $3");
