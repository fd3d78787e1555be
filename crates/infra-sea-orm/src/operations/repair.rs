use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditLog, AuditTargetKind},
    catalogue::ProductId,
    operations::{Check, Repair, RepairCounters},
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use shaku::Component;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    connect::Database,
    row::get,
    sql::{Dialect, Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

/// Mends derived counters in SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = RepairCounters)]
pub struct SeaRepairs {
    /// What is mended.
    pub db: Database,
}

#[async_trait]
impl RepairCounters for SeaRepairs {
    async fn repair(&self, now: OffsetDateTime) -> Result<Vec<Repair>, StoreError> {
        let mut repairs = Vec::new();
        for counter in [&STOCK, &COUPONS] {
            for row in self.db.fetch(counter.wrong, Vec::new()).await? {
                repairs.extend(self.mend(counter, get(&row, "id")?, now).await?);
            }
        }
        Ok(repairs)
    }
}

impl SeaRepairs {
    /// Mends one row; nothing when it is right by now.
    async fn mend(
        &self,
        counter: &Counter,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Option<Repair>, StoreError> {
        let mut uow = self.db.begin(&Provenance::default()).await?;
        if uow.dialect() == Dialect::Postgres {
            // By a statement of its own: the next one sees what others committed meanwhile.
            uow.fetch(counter.lock, values![id].to_vec()).await?;
        }
        let Some(row) = uow.fetch_first(counter.compare, values![id].to_vec()).await? else {
            return Ok(None);
        };
        let Some(change) = (counter.change)(&row)? else { return Ok(None) };
        let check = counter.check;
        let mended = match store(&mut uow, counter, id, &row, &change, now).await {
            Ok(()) => Box::new(uow).commit().await,
            Err(error) => Err(error),
        };
        let detail = format!("{} {id}: {}", counter.name, change.text);
        match mended {
            Ok(()) => Ok(Some(Repair { check, detail, is_done: true })),
            Err(StoreError::Refused { constraint }) => {
                let detail = format!("{detail}: refused by {constraint}");
                Ok(Some(Repair { check, detail, is_done: false }))
            }
            Err(error) => Err(error),
        }
    }
}

async fn store(
    uow: &mut SeaUnitOfWork,
    counter: &Counter,
    id: Uuid,
    row: &Row,
    change: &Change,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mut values = values![id].to_vec();
    values.extend(change.counters.iter().map(|counter| sea_orm::Value::from(*counter)));
    uow.execute(counter.mend, values).await?;
    if let Some(product) = get::<Option<Uuid>>(row, "product_id")? {
        uow.touched.product(ProductId::new(product));
    }
    let target = get(row, "target_id")?;
    let action = AuditAction::CounterRepaired;
    let entry = AuditEntry::new(AuditActor::Cli, action, counter.target, target, now);
    AuditLog::record(uow, entry.with("counters", &change.text));
    Ok(())
}

/// A kind of derived counter.
struct Counter {
    check: Check,
    name: &'static str,
    target: AuditTargetKind,
    wrong: &'static str,
    lock: &'static str,
    compare: &'static str,
    mend: &'static str,
    change: fn(&Row) -> Result<Option<Change>, StoreError>,
}

/// What a row says from now on.
struct Change {
    counters: Vec<i64>,
    text: String,
}

/// The change from each `(name, stored, derived)`; none when all are right.
fn change(counters: &[(&str, i64, i64)]) -> Option<Change> {
    let wrong = counters.iter().filter(|(_, stored, derived)| stored != derived);
    let texts: Vec<_> =
        wrong.map(|(name, stored, derived)| format!("{name}:{stored}..{derived}")).collect();
    (!texts.is_empty()).then(|| Change {
        counters: counters.iter().map(|(.., derived)| *derived).collect(),
        text: texts.join(","),
    })
}

const STOCK: Counter = Counter {
    check: Check::StockMatchesMovements,
    name: "stock level",
    target: AuditTargetKind::Variant,
    wrong: "SELECT s.id FROM stock_levels s LEFT JOIN (SELECT level_id, \
         SUM(on_hand_change) AS on_hand, SUM(reserved_change) AS reserved, \
         SUM(allocated_change) AS allocated FROM stock_movements GROUP BY level_id) m \
        ON m.level_id = s.id WHERE s.on_hand <> COALESCE(m.on_hand, 0) \
        OR s.reserved <> COALESCE(m.reserved, 0) OR s.allocated <> COALESCE(m.allocated, 0) \
        ORDER BY s.id",
    lock: "SELECT id FROM stock_levels WHERE id = $1 FOR NO KEY UPDATE",
    compare: "SELECT v.id AS target_id, v.product_id, s.on_hand, s.reserved, s.allocated, \
         CAST(COALESCE(SUM(m.on_hand_change), 0) AS bigint) AS moved_on_hand, \
         CAST(COALESCE(SUM(m.reserved_change), 0) AS bigint) AS moved_reserved, \
         CAST(COALESCE(SUM(m.allocated_change), 0) AS bigint) AS moved_allocated \
        FROM stock_levels s JOIN variants v ON v.id = s.variant_id \
        LEFT JOIN stock_movements m ON m.level_id = s.id WHERE s.id = $1 \
        GROUP BY v.id, v.product_id, s.on_hand, s.reserved, s.allocated",
    mend: "UPDATE stock_levels SET on_hand = $2, reserved = $3, allocated = $4, \
        version = version + 1 WHERE id = $1",
    change: |row| {
        Ok(change(&[
            ("on_hand", get(row, "on_hand")?, get(row, "moved_on_hand")?),
            ("reserved", get(row, "reserved")?, get(row, "moved_reserved")?),
            ("allocated", get(row, "allocated")?, get(row, "moved_allocated")?),
        ]))
    },
};

const COUPONS: Counter = Counter {
    check: Check::CouponsMatchRedemptions,
    name: "coupon",
    target: AuditTargetKind::PromoCode,
    wrong: "SELECT c.id FROM coupons c LEFT JOIN (SELECT coupon_id, COUNT(*) AS held \
         FROM coupon_redemptions WHERE released_at IS NULL GROUP BY coupon_id) r \
        ON r.coupon_id = c.id WHERE c.used <> COALESCE(r.held, 0) ORDER BY c.id",
    lock: "SELECT id FROM coupons WHERE id = $1 FOR NO KEY UPDATE",
    compare: "SELECT c.id AS target_id, CAST(NULL AS uuid) AS product_id, c.used, \
         (SELECT COUNT(*) FROM coupon_redemptions r WHERE r.coupon_id = c.id \
          AND r.released_at IS NULL) AS held FROM coupons c WHERE c.id = $1",
    mend: "UPDATE coupons SET used = $2 WHERE id = $1",
    change: |row| Ok(change(&[("used", get(row, "used")?, get(row, "held")?)])),
};
