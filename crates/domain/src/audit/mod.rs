//! The audit log: who did what to what, and when, in a chain that shows whether it was changed.

mod action;
mod chain;
mod entry;
mod ports;

pub use action::{AuditAction, AuditTargetKind};
pub use chain::{AuditHead, AuditRecord, ChainFault, GENESIS_HASH, Verdict};
pub use entry::{AuditActor, AuditDetails, AuditEntry, AuditTarget};
pub use ports::{AuditFilter, AuditLog, AuditReads, StoredRecord, VerifyAuditLog};
