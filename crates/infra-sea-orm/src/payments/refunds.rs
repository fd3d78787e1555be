use async_trait::async_trait;
use domain::{
    payments::{CHECK_AFTER, Refund, RefundId, RefundRepository},
    shared::error::StoreError,
};
use time::OffsetDateTime;

use super::{lock::OrderKey, mapping::refund};
use crate::{
    row::micros,
    sql::Sql,
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl RefundRepository for SeaUnitOfWork {
    async fn insert(&mut self, refund: &Refund) -> Result<(), StoreError> {
        let at = micros(refund.created_at);
        let row = values![
            refund.id.raw(),
            refund.payment.raw(),
            refund.order.raw(),
            refund.amount.minor,
            refund.amount.currency.code(),
            refund.status.as_str(),
            at,
            at,
            micros(refund.created_at + CHECK_AFTER),
        ];
        insert(self, INSERT, vec![row]).await
    }

    async fn find(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        let values = values![id.raw()].to_vec();
        self.lock_order(OrderKey::Refund, values.clone()).await?;
        self.fetch_first(FIND, values).await?.as_ref().map(refund).transpose()
    }

    async fn update(&mut self, refund: &Refund, now: OffsetDateTime) -> Result<(), StoreError> {
        let values = values![refund.status.as_str(), micros(now), refund.id.raw()].to_vec();
        match self.execute(UPDATE, values).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }
}

const INSERT: &str = "INSERT INTO refunds (id, payment_id, order_id, amount, currency, status, \
    created_at, updated_at, check_at)";

const FIND: &str = "SELECT id, payment_id, order_id, amount, currency, status, created_at \
    FROM refunds WHERE id = $1";

/// What became of a refund never changes again.
const UPDATE: &str = "UPDATE refunds SET status = $1, updated_at = $2 \
    WHERE id = $3 AND (status = 'scheduled' OR status = $1)";
