use domain::{
    payments::{FactKind, ProviderName, ProviderNotice},
    shared::error::StoreError,
};
use time::OffsetDateTime;

use crate::{
    row::{get, get_enum, micros, money},
    sql::{Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn park_notice(
        &self,
        provider: ProviderName,
        notice: &ProviderNotice,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (key, kind) = notice.fact.clone().unzip();
        let values = values![
            provider.as_str(),
            notice.event_id.as_str(),
            notice.provider_payment_id.as_str(),
            key,
            kind.map(FactKind::as_str),
            notice.amount.minor,
            notice.amount.currency.code(),
            notice.reason.clone(),
            micros(now),
        ];
        Ok(self.execute(PARK, values.to_vec()).await? == 1)
    }

    pub(super) async fn unpark_notices(
        &self,
        provider: ProviderName,
        name: &str,
    ) -> Result<Vec<ProviderNotice>, StoreError> {
        let rows = self.fetch(UNPARK, values![provider.as_str(), name].to_vec()).await?;
        let mut parked = rows
            .iter()
            .map(|row| Ok((get::<i64>(row, "created_at")?, notice(row)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        parked.sort_by_key(|(at, _)| *at);
        Ok(parked.into_iter().map(|(_, notice)| notice).collect())
    }

    pub(super) async fn drop_notices(
        &self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError> {
        let rows = self.fetch(DROP, values![micros(before), i64::from(limit)].to_vec()).await?;
        let mut dropped = rows
            .iter()
            .map(|row| {
                let provider = get_enum(row, "provider", ProviderName::parse)?;
                Ok((get::<i64>(row, "created_at")?, (provider, notice(row)?)))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        dropped.sort_by_key(|(at, _)| *at);
        Ok(dropped.into_iter().map(|(_, dropped)| dropped).collect())
    }
}

fn notice(row: &Row) -> Result<ProviderNotice, StoreError> {
    let key: Option<String> = get(row, "fact_key")?;
    let fact = match key {
        Some(key) => Some((key, get_enum(row, "kind", FactKind::parse)?)),
        None => None,
    };
    Ok(ProviderNotice {
        event_id: get(row, "event_id")?,
        provider_payment_id: get(row, "provider_payment_id")?,
        fact,
        amount: money(get(row, "amount")?, &get::<String>(row, "currency")?)?,
        reason: get(row, "reason")?,
    })
}

/// One that is parked already is written over with itself, so that it counts as parked.
const PARK: &str = "INSERT INTO parked_events (provider, event_id, provider_payment_id, fact_key, \
    kind, amount, currency, reason, created_at) \
    SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS text), CAST($4 AS text), \
     CAST($5 AS text), CAST($6 AS bigint), CAST($7 AS text), CAST($8 AS text), CAST($9 AS bigint) \
    WHERE EXISTS (SELECT 1 FROM payments p WHERE p.provider = $1 AND p.status = 'created' \
     AND p.provider_payment_id IS NULL) \
    ON CONFLICT (provider, event_id) DO UPDATE SET event_id = excluded.event_id";

const UNPARK: &str = "DELETE FROM parked_events WHERE provider = $1 AND provider_payment_id = $2 \
    RETURNING event_id, provider_payment_id, fact_key, kind, amount, currency, reason, created_at";

/// An attempt that began after the webhook had come cannot be what it is about.
const DROP: &str = "DELETE FROM parked_events WHERE (provider, event_id) IN \
    (SELECT e.provider, e.event_id FROM parked_events e WHERE e.created_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.provider = e.provider \
      AND p.provider_payment_id = e.provider_payment_id) \
     AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.provider = e.provider \
      AND p.status = 'created' AND p.provider_payment_id IS NULL \
      AND p.created_at <= e.created_at) \
     ORDER BY e.created_at, e.event_id LIMIT $2) \
    RETURNING provider, event_id, provider_payment_id, fact_key, kind, amount, currency, reason, \
     created_at";
