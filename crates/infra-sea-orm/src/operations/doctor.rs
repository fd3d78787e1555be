use async_trait::async_trait;
use domain::{
    operations::{Check, Doctor, Finding, Report},
    shared::error::StoreError,
};
use sea_orm::Value;
use shaku::Component;
use time::{Duration, OffsetDateTime};

use super::probes::{OUTBOX_DRAINS, PROBES};
use crate::{
    connect::Database,
    row::{get, micros},
    sql::Sql,
};

/// How long an event may wait in the outbox.
const PATIENCE: Duration = Duration::seconds(60);

/// Checks the invariants on SQLite or PostgreSQL: one statement for each, each on one snapshot.
#[derive(Component)]
#[shaku(interface = Doctor)]
pub struct SeaDoctor {
    /// What is examined.
    pub db: Database,
}

#[async_trait]
impl Doctor for SeaDoctor {
    async fn examine(&self, now: OffsetDateTime) -> Result<Report, StoreError> {
        let mut report = Report::default();
        for probe in PROBES {
            let check = probe.check;
            for row in self.db.fetch(probe.sql, Vec::new()).await? {
                report.findings.push(Finding { check, detail: (probe.tell)(&row)? });
            }
            report.checked.push(check);
        }
        report.findings.extend(self.backlog(now).await?);
        report.checked.push(Check::OutboxDrains);
        report.checked.sort();
        report.findings.sort_by_key(|finding| finding.check);
        Ok(report)
    }
}

impl SeaDoctor {
    async fn backlog(&self, now: OffsetDateTime) -> Result<Option<Finding>, StoreError> {
        let since = vec![Value::from(micros(now - PATIENCE))];
        let Some(row) = self.db.fetch_first(OUTBOX_DRAINS, since).await? else { return Ok(None) };
        let Some(oldest) = get::<Option<i64>>(&row, "oldest")? else { return Ok(None) };
        let waiting: i64 = get(&row, "waiting")?;
        let seconds = micros(now).saturating_sub(oldest) / 1_000_000;
        let detail = format!("{waiting} events wait for the broker, the oldest for {seconds} s");
        Ok(Some(Finding { check: Check::OutboxDrains, detail }))
    }
}
