use async_trait::async_trait;
use domain::{
    audit::{
        AuditAction, AuditFilter, AuditHead, AuditReads, AuditRecord, AuditTargetKind, StoredRecord,
    },
    identity::UserId,
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;

use super::{
    audit_columns,
    log::{HEAD, head_of},
};
use crate::{
    binds::Binds,
    connect::Database,
    paging::{Bounds, page},
    row::{get, get_time, micros},
    sql::{Row, Sql},
    sql_list::values,
};

/// Reads the audit log from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = AuditReads)]
pub struct SeaAuditReads {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl AuditReads for SeaAuditReads {
    async fn list(
        &self,
        filter: &AuditFilter,
        window: Window,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let mut binds = Binds::default();
        let wanted = format!("seq > 0 AND {}", conditions(filter, &mut binds));
        let count = format!("SELECT COUNT(*) AS total FROM audit_log WHERE {wanted}");
        let total = match window {
            Window::Offset { .. } => Some((count.as_str(), binds.values.clone())),
            Window::After { .. } => None,
        };
        let Bounds { after, limit, offset } = Bounds::of(window);
        let after = i64::try_from(after.as_u128()).unwrap_or(i64::MAX);
        let newest = format!(
            "{SELECT} WHERE {wanted} AND seq < {} ORDER BY seq DESC LIMIT {} OFFSET {}",
            binds.add(after),
            binds.add(limit),
            binds.add(offset)
        );
        let rows = self.db.fetch(&newest, binds.values).await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>()?;
        page(&self.db, window, records, AuditRecord::cursor, total).await
    }

    async fn following(&self, after: i64, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        let values = values![after, i64::from(limit)].to_vec();
        let rows = self.db.fetch(FOLLOWING, values).await?;
        rows.iter().map(stored).collect()
    }

    async fn head(&self) -> Result<AuditHead, StoreError> {
        head_of(self.db.fetch_first(HEAD, Vec::new()).await?.as_ref())
    }
}

/// The predicate of `filter`.
fn conditions(filter: &AuditFilter, binds: &mut Binds) -> String {
    binds.all([
        ("actor_id = {}", filter.actor.map(|actor| UserId::raw(actor).into())),
        ("action = {}", filter.action.map(|action| AuditAction::as_str(action).into())),
        ("target_kind = {}", filter.target_kind.map(|kind| AuditTargetKind::as_str(kind).into())),
        ("target_id = {}", filter.target.map(Into::into)),
        ("occurred_at >= {}", filter.from.map(|from| micros(from).into())),
        ("occurred_at < {}", filter.to.map(|to| micros(to).into())),
    ])
}

/// A row whose columns hold what they must not is still a row.
fn stored(row: &Row) -> Result<StoredRecord, StoreError> {
    let seq = get(row, "seq")?;
    Ok(match record(row) {
        Ok(record) => StoredRecord::Readable(Box::new(record)),
        Err(_) => StoredRecord::Unreadable { seq },
    })
}

fn record(row: &Row) -> Result<AuditRecord, StoreError> {
    Ok(AuditRecord {
        seq: get(row, "seq")?,
        at: get_time(row, "occurred_at")?,
        actor_kind: get(row, "actor_kind")?,
        actor: get(row, "actor_id")?,
        role: get(row, "actor_role")?,
        session: get(row, "session_id")?,
        action: get(row, "action")?,
        target_kind: get(row, "target_kind")?,
        target: get(row, "target_id")?,
        details: get(row, "details")?,
        address: get(row, "network")?,
        request_id: get(row, "request_id")?,
        previous_hash: get(row, "previous_hash")?,
        hash: get(row, "hash")?,
    })
}

const SELECT: &str = concat!("SELECT ", audit_columns!(), " FROM audit_log");
const FOLLOWING: &str =
    concat!("SELECT ", audit_columns!(), " FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2",);
