//! The audit log.

mod verify_audit_log;

pub use verify_audit_log::{VerifyAuditLogUseCase, VerifyAuditLogUseCaseParameters};
