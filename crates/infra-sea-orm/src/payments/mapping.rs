use domain::{
    ordering::OrderId,
    payments::{
        AttemptStatus, CaptureMode, Fact, FactKind, NewPayment, Payment, PaymentId, PaymentState,
        PaymentView, ProviderName, Refund, RefundId, RefundStatus, Takings,
    },
    shared::{error::StoreError, money::Money},
};

use crate::{
    row::{get, get_enum, get_time, money},
    sql::Row,
};

/// Columns of an attempt `p`.
macro_rules! payment_columns {
    () => {
        "p.id, p.order_id, p.provider, p.provider_payment_id, p.status, p.amount, p.currency, \
         p.authorized, p.captured, p.refunded, p.checkout_url, p.fail_reason, p.version, p.capture, \
         p.created_at, p.updated_at"
    };
}
pub(super) use payment_columns;

/// Columns of a fact `f` that may be absent.
macro_rules! fact_columns {
    () => {
        "f.fact_key, f.kind AS fact_kind, f.amount AS fact_amount, \
         f.currency AS fact_currency, f.reason AS fact_reason, f.created_at AS fact_at"
    };
}
pub(super) use fact_columns;

/// An attempt from one row for each fact.
pub(super) fn payment(rows: &[Row]) -> Result<Option<Payment>, StoreError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let code: String = get(row, "currency")?;
    let state = PaymentState {
        provider_payment_id: get(row, "provider_payment_id")?,
        checkout_url: get(row, "checkout_url")?,
        authorized: money(get(row, "authorized")?, &code)?,
        captured: money(get(row, "captured")?, &code)?,
        refunded: money(get(row, "refunded")?, &code)?,
        version: get(row, "version")?,
        updated_at: get_time(row, "updated_at")?,
    };
    let new = NewPayment {
        id: PaymentId::new(get(row, "id")?),
        order: OrderId::new(get(row, "order_id")?),
        provider: get_enum(row, "provider", ProviderName::parse)?,
        amount: money(get(row, "amount")?, &code)?,
        capture: get_enum(row, "capture", CaptureMode::parse)?,
    };
    let mut facts = Vec::with_capacity(rows.len());
    for row in rows {
        facts.extend(fact(row)?);
    }
    let status = get_enum(row, "status", AttemptStatus::parse)?;
    Ok(Some(Payment::restore(new, status, state, facts, get_time(row, "created_at")?)))
}

/// Attempts from rows that are grouped by attempt, each with how much is about to go back.
pub(super) fn taken(rows: &[Row]) -> Result<Vec<(Payment, Money)>, StoreError> {
    let mut taken = Vec::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let id: uuid::Uuid = get(first, "id")?;
        let mut count = 0;
        for row in rest {
            if get::<uuid::Uuid>(row, "id")? != id {
                break;
            }
            count += 1;
        }
        let own = rest.get(..count).unwrap_or_default();
        let refunding = money(get(first, "refunding")?, &get::<String>(first, "currency")?)?;
        taken.extend(payment(own)?.map(|payment| (payment, refunding)));
        rest = rest.get(count..).unwrap_or_default();
    }
    Ok(taken)
}

fn fact(row: &Row) -> Result<Option<Fact>, StoreError> {
    let Some(key) = get(row, "fact_key")? else { return Ok(None) };
    Ok(Some(Fact {
        key,
        kind: get_enum(row, "fact_kind", FactKind::parse)?,
        amount: money(get(row, "fact_amount")?, &get::<String>(row, "fact_currency")?)?,
        reason: get(row, "fact_reason")?,
        at: get_time(row, "fact_at")?,
    }))
}

pub(super) fn takings(row: &Row) -> Result<Takings, StoreError> {
    let code: String = get(row, "currency")?;
    Ok(Takings {
        authorized: money(get(row, "others_authorized")?, &code)?,
        captured: money(get(row, "others_captured")?, &code)?,
        refunded: money(get(row, "others_refunded")?, &code)?,
        refunding: money(get(row, "refunding")?, &code)?,
        voided: get::<i64>(row, "others_voided")? > 0,
        disputed: get::<i64>(row, "others_disputed")? > 0,
    })
}

pub(super) fn view(row: &Row) -> Result<PaymentView, StoreError> {
    let code: String = get(row, "currency")?;
    Ok(PaymentView {
        id: PaymentId::new(get(row, "id")?),
        order: OrderId::new(get(row, "order_id")?),
        amount: money(get(row, "amount")?, &code)?,
        provider: get_enum(row, "provider", ProviderName::parse)?,
        capture: get_enum(row, "capture", CaptureMode::parse)?,
        status: get_enum(row, "status", AttemptStatus::parse)?,
        provider_payment_id: get(row, "provider_payment_id")?,
        checkout_url: get(row, "checkout_url")?,
        fail_reason: get(row, "fail_reason")?,
        captured: money(get(row, "captured")?, &code)?,
        refunded: money(get(row, "refunded")?, &code)?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

pub(super) fn refund(row: &Row) -> Result<Refund, StoreError> {
    Ok(Refund {
        id: RefundId::new(get(row, "id")?),
        payment: PaymentId::new(get(row, "payment_id")?),
        order: OrderId::new(get(row, "order_id")?),
        amount: money(get(row, "amount")?, &get::<String>(row, "currency")?)?,
        status: get_enum(row, "status", RefundStatus::parse)?,
        created_at: get_time(row, "created_at")?,
    })
}
