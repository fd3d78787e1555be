use async_trait::async_trait;
use domain::shared::{
    error::StoreError,
    id::RawId,
    idempotency::{
        Claim, ClaimError, IdempotencyError, IdempotencyKey, IdempotencyRepository, StoredResponse,
    },
};
use time::OffsetDateTime;

use crate::{
    row::{get, get_count, micros},
    sql::{Row, Sql},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl IdempotencyRepository for SeaUnitOfWork {
    async fn claim(
        &mut self,
        key: &IdempotencyKey,
        resource: RawId,
        answer: Option<&StoredResponse>,
        now: OffsetDateTime,
    ) -> Result<Claim, ClaimError> {
        let sql = "INSERT INTO idempotency_records
                (scope, key, fingerprint, resource_id, status, location, body, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (scope, key) DO NOTHING";
        let values = vec![
            key.scope.as_str().into(),
            key.key.as_str().into(),
            key.fingerprint.to_vec().into(),
            resource.into(),
            answer.map(|answer| i64::from(answer.status)).into(),
            answer.and_then(|answer| answer.location.clone()).into(),
            answer.map(|answer| answer.body.clone()).into(),
            micros(now).into(),
        ];
        match self.execute(sql, values).await {
            Ok(0) => {}
            Ok(_) => return Ok(Claim::Fresh),
            // Somebody else's claim of this key was waited for, and did not end in time.
            Err(StoreError::Conflict) => return Err(IdempotencyError::InProgress.into()),
            Err(error) => return Err(error.into()),
        }
        let sql = "SELECT fingerprint, resource_id, status, location, body
            FROM idempotency_records WHERE scope = $1 AND key = $2";
        let values = vec![key.scope.as_str().into(), key.key.as_str().into()];
        match self.fetch_first(sql, values).await? {
            Some(row) => earlier_claim(&row, key),
            // Swept between the two statements.
            None => Err(StoreError::Conflict.into()),
        }
    }

    async fn answer(
        &mut self,
        key: &IdempotencyKey,
        answer: &StoredResponse,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE idempotency_records SET status = $3, location = $4, body = $5
            WHERE scope = $1 AND key = $2 AND status IS NULL";
        let values = vec![
            key.scope.as_str().into(),
            key.key.as_str().into(),
            i64::from(answer.status).into(),
            answer.location.clone().into(),
            answer.body.as_str().into(),
        ];
        match self.execute(sql, values).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn forget(&mut self, scope: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM idempotency_records WHERE scope = $1";
        self.execute(sql, vec![scope.into()]).await?;
        Ok(())
    }
}

fn earlier_claim(row: &Row, key: &IdempotencyKey) -> Result<Claim, ClaimError> {
    if get::<Vec<u8>>(row, "fingerprint")? != key.fingerprint {
        return Err(IdempotencyError::Mismatch.into());
    }
    let Some(body) = get::<Option<String>>(row, "body")? else {
        return Ok(Claim::Started { resource: get(row, "resource_id")? });
    };
    let status = get_count(row, "status")?;
    let location = get(row, "location")?;
    Ok(Claim::Answered(StoredResponse { status, location, body }))
}
