use async_trait::async_trait;
use domain::{
    ordering::OrderId,
    payments::{
        CHECK_AFTER, Fact, Payment, PaymentId, PaymentRepository, ProviderName, ProviderNotice,
        Takings,
    },
    shared::{error::StoreError, money::Money},
};
use sea_orm::Value;
use time::OffsetDateTime;

use super::{
    lock::OrderKey,
    mapping::{fact_columns, payment, payment_columns, taken, takings},
};
use crate::{
    row::micros,
    sql::Sql,
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl PaymentRepository for SeaUnitOfWork {
    async fn insert(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let (state, amount) = (payment.state(), payment.amount());
        let row = values![
            payment.id().raw(),
            payment.order().raw(),
            payment.provider().as_str(),
            state.provider_payment_id.clone(),
            payment.status().as_str(),
            amount.minor,
            amount.currency.code(),
            state.authorized.minor,
            state.captured.minor,
            state.refunded.minor,
            state.checkout_url.clone(),
            payment.fail_reason().map(str::to_owned),
            state.version,
            micros(payment.created_at()),
            micros(state.updated_at),
            payment.capture().as_str(),
            micros(payment.created_at() + CHECK_AFTER),
        ];
        insert(self, INSERT, vec![row]).await?;
        insert(self, INSERT_FACTS, fresh_facts(payment)).await?;
        self.append_events(payment.events());
        Ok(())
    }

    async fn find(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let values = values![id.raw()].to_vec();
        self.lock_order(OrderKey::Payment, values.clone()).await?;
        payment(&self.fetch(FIND, values).await?)
    }

    async fn find_at_provider(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Option<(Payment, Takings)>, StoreError> {
        let values = values![provider.as_str(), provider_payment_id].to_vec();
        self.lock_order(OrderKey::PaymentAtProvider, values.clone()).await?;
        let rows = self.fetch(FIND_AT_PROVIDER, values).await?;
        match (payment(&rows)?, rows.first()) {
            (Some(payment), Some(row)) => Ok(Some((payment, takings(row)?))),
            _ => Ok(None),
        }
    }

    async fn active_of(&mut self, order: OrderId) -> Result<Option<Payment>, StoreError> {
        let values = values![order.raw()].to_vec();
        self.lock_order(OrderKey::Order, values.clone()).await?;
        payment(&self.fetch(ACTIVE_OF, values).await?)
    }

    async fn taken_for(&mut self, order: OrderId) -> Result<Vec<(Payment, Money)>, StoreError> {
        let values = values![order.raw()].to_vec();
        self.lock_order(OrderKey::Order, values.clone()).await?;
        taken(&self.fetch(TAKEN_FOR, values).await?)
    }

    async fn update(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let state = payment.state();
        let values = values![
            payment.status().as_str(),
            state.provider_payment_id.clone(),
            state.authorized.minor,
            state.captured.minor,
            state.refunded.minor,
            state.checkout_url.clone(),
            payment.fail_reason().map(str::to_owned),
            state.version,
            micros(state.updated_at),
            payment.id().raw(),
            payment.stored_version(),
        ];
        if self.execute(UPDATE, values.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        insert(self, INSERT_FACTS, fresh_facts(payment)).await?;
        self.append_events(payment.events());
        Ok(())
    }

    async fn note_provider_event(
        &mut self,
        provider: ProviderName,
        event_id: &str,
        payment: PaymentId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let values = values![provider.as_str(), event_id, payment.raw(), micros(now)].to_vec();
        Ok(self.execute(NOTE_PROVIDER_EVENT, values).await? == 1)
    }

    async fn park(
        &mut self,
        provider: ProviderName,
        notice: &ProviderNotice,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.park_notice(provider, notice, now).await
    }

    async fn unpark(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Vec<ProviderNotice>, StoreError> {
        self.unpark_notices(provider, provider_payment_id).await
    }

    async fn drop_parked(
        &mut self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError> {
        self.drop_notices(before, limit).await
    }
}

fn fresh_facts(payment: &Payment) -> Vec<[Value; 7]> {
    let row = |fact: &Fact| {
        values![
            payment.id().raw(),
            fact.key.as_str(),
            fact.kind.as_str(),
            fact.amount.minor,
            fact.amount.currency.code(),
            fact.reason.clone(),
            micros(fact.at),
        ]
    };
    payment.fresh_facts().iter().map(row).collect()
}

const INSERT: &str = "INSERT INTO payments (id, order_id, provider, provider_payment_id, status, \
    amount, currency, authorized, captured, refunded, checkout_url, fail_reason, version, \
    created_at, updated_at, capture, check_at)";

const INSERT_FACTS: &str = "INSERT INTO ledger_entries (payment_id, fact_key, kind, amount, \
    currency, reason, created_at)";

const UPDATE: &str = "UPDATE payments SET status = $1, provider_payment_id = $2, \
    authorized = $3, captured = $4, refunded = $5, checkout_url = $6, fail_reason = $7, \
    version = $8, updated_at = $9 WHERE id = $10 AND version = $11";

const NOTE_PROVIDER_EVENT: &str = "INSERT INTO provider_events \
    (provider, event_id, payment_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

const FIND: &str = concat!(
    "SELECT ",
    payment_columns!(),
    ", ",
    fact_columns!(),
    " FROM payments p LEFT JOIN ledger_entries f ON f.payment_id = p.id WHERE p.id = $1",
);

const ACTIVE_OF: &str = concat!(
    "SELECT ",
    payment_columns!(),
    ", ",
    fact_columns!(),
    " FROM payments p LEFT JOIN ledger_entries f ON f.payment_id = p.id WHERE p.order_id = $1 \
     AND p.status IN ('created', 'pending', 'requires_action', 'authorized')",
);

const TAKEN_FOR: &str = concat!(
    "SELECT ",
    payment_columns!(),
    ", ",
    fact_columns!(),
    ", (SELECT CAST(COALESCE(SUM(r.amount), 0) AS bigint) FROM refunds r \
     WHERE r.payment_id = p.id AND r.status = 'scheduled') AS refunding \
     FROM payments p LEFT JOIN ledger_entries f ON f.payment_id = p.id \
     WHERE p.order_id = $1 AND p.captured > 0 ORDER BY p.created_at, p.id",
);

/// Sums are over the other attempts of the order; what is going back is of all of them.
const FIND_AT_PROVIDER: &str = concat!(
    "WITH wanted AS (SELECT id, order_id FROM payments \
      WHERE provider = $1 AND provider_payment_id = $2), \
     others AS (SELECT \
      CAST(COALESCE(SUM(CASE WHEN x.status IN \
       ('created', 'pending', 'requires_action', 'authorized') \
       THEN x.authorized - x.captured ELSE 0 END), 0) AS bigint) AS others_authorized, \
      CAST(COALESCE(SUM(x.captured), 0) AS bigint) AS others_captured, \
      CAST(COALESCE(SUM(x.refunded), 0) AS bigint) AS others_refunded, \
      CAST(COALESCE(SUM(CASE WHEN x.status = 'canceled' AND x.authorized > 0 THEN 1 ELSE 0 END), 0) \
       AS bigint) AS others_voided, \
      CAST(COALESCE(SUM((SELECT COUNT(*) FROM ledger_entries d \
       WHERE d.payment_id = x.id AND d.kind = 'disputed')), 0) AS bigint) AS others_disputed \
      FROM wanted JOIN payments x ON x.order_id = wanted.order_id AND x.id <> wanted.id), \
     going AS (SELECT CAST(COALESCE(SUM(r.amount), 0) AS bigint) AS refunding \
      FROM wanted JOIN refunds r ON r.order_id = wanted.order_id WHERE r.status = 'scheduled') \
     SELECT ",
    payment_columns!(),
    ", ",
    fact_columns!(),
    ", others.*, going.refunding FROM wanted JOIN payments p ON p.id = wanted.id \
     CROSS JOIN others CROSS JOIN going LEFT JOIN ledger_entries f ON f.payment_id = p.id",
);
