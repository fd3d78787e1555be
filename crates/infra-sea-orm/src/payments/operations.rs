use async_trait::async_trait;
use domain::{
    ordering::OrderId,
    payments::{
        Operation, OperationId, OperationKind, OperationRepository, OperationStatus, PaymentId,
    },
    shared::error::StoreError,
};
use time::OffsetDateTime;

use super::lock::OrderKey;
use crate::{
    row::{get, get_enum, get_time, micros},
    sql::{Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl OperationRepository for SeaUnitOfWork {
    async fn insert(&mut self, operation: &Operation) -> Result<(), StoreError> {
        let at = micros(operation.created_at);
        let row = values![
            operation.id.raw(),
            operation.payment.raw(),
            operation.order.raw(),
            operation.kind.as_str(),
            operation.status.as_str(),
            operation.reason.clone(),
            micros(operation.check_at),
            0_i64,
            at,
            at,
        ];
        insert(self, INSERT, vec![row]).await
    }

    async fn find(&mut self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        let values = values![id.raw()].to_vec();
        self.lock_order(OrderKey::Operation, values.clone()).await?;
        self.fetch_first(FIND, values).await?.as_ref().map(operation).transpose()
    }

    async fn scheduled(
        &mut self,
        payment: PaymentId,
        kind: OperationKind,
    ) -> Result<Option<Operation>, StoreError> {
        let values = values![payment.raw(), kind.as_str()].to_vec();
        self.fetch_first(SCHEDULED, values).await?.as_ref().map(operation).transpose()
    }

    async fn update(
        &mut self,
        operation: &Operation,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let values = values![
            operation.status.as_str(),
            operation.reason.clone(),
            micros(now),
            operation.id.raw(),
        ];
        match self.execute(UPDATE, values.to_vec()).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }
}

fn operation(row: &Row) -> Result<Operation, StoreError> {
    Ok(Operation {
        id: OperationId::new(get(row, "id")?),
        payment: PaymentId::new(get(row, "payment_id")?),
        order: OrderId::new(get(row, "order_id")?),
        kind: get_enum(row, "kind", OperationKind::parse)?,
        status: get_enum(row, "status", OperationStatus::parse)?,
        reason: get(row, "reason")?,
        created_at: get_time(row, "created_at")?,
        check_at: get_time(row, "check_at")?,
    })
}

const INSERT: &str = "INSERT INTO payment_operations (id, payment_id, order_id, kind, status, \
    reason, check_at, checks, created_at, updated_at)";

const FIND: &str = "SELECT id, payment_id, order_id, kind, status, reason, check_at, created_at \
    FROM payment_operations WHERE id = $1";

const SCHEDULED: &str = "SELECT id, payment_id, order_id, kind, status, reason, check_at, \
    created_at FROM payment_operations \
    WHERE payment_id = $1 AND kind = $2 AND status = 'scheduled'";

/// What became of an operation never changes again.
const UPDATE: &str = "UPDATE payment_operations SET status = $1, reason = $2, updated_at = $3 \
    WHERE id = $4 AND status = 'scheduled'";
