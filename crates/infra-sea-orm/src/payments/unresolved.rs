use async_trait::async_trait;
use domain::{
    payments::{
        CHECK_AFTER, GROWING_CHECKS, OperationId, PaymentId, ProviderName, RefundId,
        UnresolvedPayments,
    },
    shared::{error::StoreError, event::Provenance, id::RawId, ports::UnitOfWork},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_enum, micros},
    sql::{Dialect, Sql},
    sql_list::values,
};

/// What is unresolved at providers, in SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = UnresolvedPayments)]
pub struct SeaUnresolvedPayments {
    /// Where it is kept.
    pub db: Database,
}

/// One kind of thing that may be unresolved: its table and when a row of it is.
struct Kind {
    table: &'static str,
    open: &'static str,
}

const ATTEMPTS: Kind = Kind {
    table: "payments",
    open: "status IN ('created', 'pending', 'requires_action', 'authorized')",
};
const REFUNDS: Kind = Kind { table: "refunds", open: "status = 'scheduled'" };
const OPERATIONS: Kind = Kind { table: "payment_operations", open: "status = 'scheduled'" };

impl SeaUnresolvedPayments {
    /// Looks before it writes: most of the time nothing is due.
    async fn claim(
        &self,
        kind: &Kind,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<RawId>, StoreError> {
        let Kind { table, open } = kind;
        let due = format!("SELECT id FROM {table} WHERE {open} AND check_at <= $1");
        let now = micros(now);
        if self.db.fetch_first(&format!("{due} LIMIT 1"), values![now].to_vec()).await?.is_none() {
            return Ok(Vec::new());
        }
        let uow = self.db.begin(&Provenance::default()).await?;
        let skip = match uow.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let sql = format!(
            "UPDATE {table} SET checks = checks + 1, check_at = $1 + $2 * \
             CASE WHEN checks < $3 THEN (checks + 1) * (checks + 1) ELSE $3 * $3 END \
             WHERE id IN ({due} ORDER BY check_at, id LIMIT $4{skip}) RETURNING id"
        );
        let step = i64::try_from(CHECK_AFTER.whole_microseconds()).unwrap_or(i64::MAX);
        let values = values![now, step, GROWING_CHECKS, i64::from(limit)];
        let rows = uow.fetch(&sql, values.to_vec()).await?;
        let ids = rows.iter().map(|row| get(row, "id")).collect::<Result<_, _>>()?;
        Box::new(uow).commit().await?;
        Ok(ids)
    }
}

#[async_trait]
impl UnresolvedPayments for SeaUnresolvedPayments {
    async fn claim_attempts(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let ids = self.claim(&ATTEMPTS, limit, now).await?;
        Ok(ids.into_iter().map(PaymentId::new).collect())
    }

    async fn claim_refunds(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<RefundId>, StoreError> {
        let ids = self.claim(&REFUNDS, limit, now).await?;
        Ok(ids.into_iter().map(RefundId::new).collect())
    }

    async fn claim_operations(
        &self,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<OperationId>, StoreError> {
        let ids = self.claim(&OPERATIONS, limit, now).await?;
        Ok(ids.into_iter().map(OperationId::new).collect())
    }

    async fn parked(&self, limit: u32) -> Result<Vec<(ProviderName, String)>, StoreError> {
        let rows = self.db.fetch(PARKED, values![i64::from(limit)].to_vec()).await?;
        rows.iter()
            .map(|row| {
                let provider = get_enum(row, "provider", ProviderName::parse)?;
                Ok((provider, get(row, "provider_payment_id")?))
            })
            .collect()
    }
}

const PARKED: &str = "SELECT DISTINCT e.provider, e.provider_payment_id FROM parked_events e \
    JOIN payments p ON p.provider = e.provider AND p.provider_payment_id = e.provider_payment_id \
    LIMIT $1";
