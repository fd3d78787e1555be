use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::OrderId,
    payments::{PaymentId, PaymentReads, PaymentView},
    shared::error::StoreError,
};
use shaku::Component;

use super::mapping::{payment_columns, view};
use crate::{connect::Database, sql::Sql, sql_list::values};

/// Reads payments from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = PaymentReads)]
pub struct SeaPaymentReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl PaymentReads for SeaPaymentReads {
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError> {
        let values = values![id.raw(), owner.map(UserId::raw)].to_vec();
        self.db.fetch_first(ONE, values).await?.as_ref().map(view).transpose()
    }

    async fn payments_of(
        &self,
        order: OrderId,
        owner: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError> {
        let values = values![order.raw(), owner.map(UserId::raw)].to_vec();
        self.db.fetch(OF_ORDER, values).await?.iter().map(view).collect()
    }

    async fn payments_by(&self, customer: UserId) -> Result<Vec<PaymentView>, StoreError> {
        let rows = self.db.fetch(BY_CUSTOMER, values![customer.raw()].to_vec()).await?;
        rows.iter().map(view).collect()
    }
}

const ONE: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments p JOIN orders o ON o.id = p.order_id \
     WHERE p.id = $1 AND ($2 IS NULL OR o.user_id = $2)",
);

const OF_ORDER: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments p JOIN orders o ON o.id = p.order_id \
     WHERE p.order_id = $1 AND ($2 IS NULL OR o.user_id = $2) ORDER BY p.created_at, p.id",
);

const BY_CUSTOMER: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments p JOIN orders o ON o.id = p.order_id \
     WHERE o.user_id = $1 ORDER BY p.created_at, p.id",
);
