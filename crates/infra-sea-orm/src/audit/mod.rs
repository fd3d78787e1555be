//! The audit log: appended by the commit of a unit of work, read for staff and for its proof.

mod log;
mod reads;

pub use self::reads::{SeaAuditReads, SeaAuditReadsParameters};

/// Columns of an entry, in the order they are written.
macro_rules! audit_columns {
    () => {
        "seq, occurred_at, actor_kind, actor_id, actor_role, session_id, action, target_kind, \
         target_id, details, network, request_id, previous_hash, hash"
    };
}
use audit_columns;
