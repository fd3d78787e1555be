use domain::{
    audit::{AuditEntry, AuditHead, AuditLog, AuditRecord},
    shared::error::StoreError,
};
use sea_orm::Value;

use super::audit_columns;
use crate::{
    row::{get, micros},
    sql::{Dialect, Row, Sql},
    sql_list::{Rows, values},
    unit_of_work::SeaUnitOfWork,
};

impl AuditLog for SeaUnitOfWork {
    fn record(&mut self, entry: AuditEntry) {
        self.audit.push(entry);
    }
}

impl SeaUnitOfWork {
    /// Chains what was recorded to the last entry and puts off storing it. On PostgreSQL everybody
    /// else who commits entries waits from here on: nothing but the rest of the commit may follow.
    pub(crate) async fn put_off_audit(&self) -> Result<(), StoreError> {
        if self.audit.is_empty() {
            return Ok(());
        }
        let last = match self.dialect() {
            Dialect::Sqlite => HEAD,
            Dialect::Postgres => LOCKED_HEAD,
        };
        let rows = self.look(last, Vec::new()).await?;
        let mut head = head_of(rows.first())?;
        let mut records = Vec::with_capacity(self.audit.len());
        for entry in &self.audit {
            let record = AuditRecord::following(&head, entry, &self.provenance);
            head = record.head();
            records.push(columns_of(record));
        }
        self.put_off(Rows::new(INSERT, records));
        self.put_off(Rows::new(INSERT_HEAD, [values![1_i64, head.seq, head.hash]]).ending(MOVE));
        Ok(())
    }
}

pub(super) fn head_of(row: Option<&Row>) -> Result<AuditHead, StoreError> {
    let row = row.ok_or_else(|| StoreError::Corrupt("the audit log has no head".into()))?;
    Ok(AuditHead { seq: get(row, "seq")?, hash: get(row, "hash")? })
}

fn columns_of(record: AuditRecord) -> [Value; 14] {
    values![
        record.seq,
        micros(record.at),
        record.actor_kind,
        record.actor,
        record.role,
        record.session,
        record.action,
        record.target_kind,
        record.target,
        record.details,
        record.address,
        record.request_id,
        record.previous_hash,
        record.hash,
    ]
}

pub(super) const HEAD: &str = "SELECT seq, hash FROM audit_head";
/// Waits for whoever has it, and then reads what they left.
const LOCKED_HEAD: &str = "SELECT seq, hash FROM audit_head FOR UPDATE";

const INSERT: &str = concat!("INSERT INTO audit_log (", audit_columns!(), ")");
const INSERT_HEAD: &str = "INSERT INTO audit_head (id, seq, hash)";
const MOVE: &str = " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
