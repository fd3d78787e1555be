use std::collections::BTreeMap;

use domain::{audit::AuditRecord, shared::page::Page};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// One thing somebody did.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditLogEntry {
    /// Its number; there are no gaps.
    #[schema(minimum = 1, example = 1)]
    seq: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// `user`, `system` (a job or a reaction) or `cli`.
    #[schema(example = "user")]
    actor_type: String,
    /// Which person.
    actor_id: Option<Uuid>,
    /// What the person was to the shop then.
    #[schema(example = "staff")]
    actor_role: Option<String>,
    /// By which session.
    session_id: Option<Uuid>,
    /// What was done.
    #[schema(example = "product.updated")]
    action: String,
    /// To what kind of thing.
    #[schema(example = "product")]
    target_type: String,
    /// To which.
    target_id: Uuid,
    /// Ids and names of fields.
    details: BTreeMap<String, String>,
    /// The network the request came from, not the whole address.
    #[schema(example = "203.0.113.0/24")]
    network: Option<String>,
    /// Id of the request.
    request_id: Option<String>,
    /// Hash of the entry before.
    previous_hash: String,
    /// SHA-256 of the entry and the hash before it.
    hash: String,
}

impl From<AuditRecord> for AuditLogEntry {
    fn from(record: AuditRecord) -> Self {
        let pairs = record.details.split(' ').filter_map(|pair| pair.split_once('='));
        Self {
            seq: record.seq,
            at: record.at,
            actor_type: record.actor_kind,
            actor_id: record.actor,
            actor_role: record.role,
            session_id: record.session,
            action: record.action,
            target_type: record.target_kind,
            target_id: record.target,
            details: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            network: record.address,
            request_id: record.request_id,
            previous_hash: record.previous_hash,
            hash: record.hash,
        }
    }
}

/// Entries of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// The rows.
    items: Vec<AuditLogEntry>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    total: Option<u64>,
    /// Continues the list; null at its end.
    next_cursor: Option<String>,
}

impl From<Page<AuditRecord>> for AuditPage {
    fn from(page: Page<AuditRecord>) -> Self {
        Self {
            items: page.items.into_iter().map(AuditLogEntry::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
