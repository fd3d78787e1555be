use domain::{
    inventory::{Shortage, StockDemand},
    ordering::OrderId,
    shared::error::StoreError,
};
use time::OffsetDateTime;

use super::{Movement, insert_movements};
use crate::{row::get, sql::Sql, sql_list::values};

/// Takes each demand from hand and from the paid promises, in ascending order of level, as
/// everybody does.
pub(super) async fn ship(
    sql: &dyn Sql,
    order: OrderId,
    demand: &[StockDemand],
    now: OffsetDateTime,
) -> Result<Vec<Shortage>, StoreError> {
    let mut shortages = Vec::new();
    for sent in demand {
        let values = values![sent.quantity, sent.level.raw()].to_vec();
        if sql.execute(SHIP, values).await? == 0 {
            let row = sql.fetch_first(ON_HAND, values![sent.level.raw()].to_vec()).await?;
            let left = row.map_or(Ok(0), |row| get(&row, "on_hand"))?;
            shortages.push(Shortage { variant: sent.variant, wanted: sent.quantity, left });
        }
    }
    if shortages.is_empty() {
        let shipped = demand.iter().map(|sent| Movement::shipped(order, sent, now));
        insert_movements(sql, shipped).await?;
    }
    Ok(shortages)
}

const SHIP: &str = "UPDATE stock_levels SET on_hand = on_hand - $1, allocated = allocated - $1, \
    version = version + 1 WHERE id = $2 AND on_hand >= $1 AND allocated >= $1";

const ON_HAND: &str = "SELECT on_hand FROM stock_levels WHERE id = $1";
