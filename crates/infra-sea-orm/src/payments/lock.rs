use domain::shared::error::StoreError;
use sea_orm::Value;

use crate::{
    sql::{Dialect, Sql},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// Locks the order that `key` leads to. All money of an order is read and changed behind this
    /// lock, taken by a statement of its own: the next one then sees what others committed
    /// meanwhile, so that two captures at once cannot both overlook the other. SQLite has one
    /// writer and needs no lock.
    pub(super) async fn lock_order(
        &self,
        key: OrderKey,
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.fetch(key.lock(), values).await.map(drop),
        }
    }
}

/// What the order is found by.
#[derive(Clone, Copy)]
pub(super) enum OrderKey {
    Order,
    Payment,
    PaymentAtProvider,
    Refund,
    Operation,
}

impl OrderKey {
    const fn lock(self) -> &'static str {
        match self {
            Self::Order => "SELECT id FROM orders WHERE id = $1 FOR NO KEY UPDATE",
            Self::Payment => {
                "SELECT o.id FROM payments p JOIN orders o ON o.id = p.order_id \
                 WHERE p.id = $1 FOR NO KEY UPDATE OF o"
            }
            Self::PaymentAtProvider => {
                "SELECT o.id FROM payments p JOIN orders o ON o.id = p.order_id \
                 WHERE p.provider = $1 AND p.provider_payment_id = $2 FOR NO KEY UPDATE OF o"
            }
            Self::Refund => {
                "SELECT o.id FROM refunds r JOIN orders o ON o.id = r.order_id \
                 WHERE r.id = $1 FOR NO KEY UPDATE OF o"
            }
            Self::Operation => {
                "SELECT o.id FROM payment_operations x JOIN orders o ON o.id = x.order_id \
                 WHERE x.id = $1 FOR NO KEY UPDATE OF o"
            }
        }
    }
}
