//! The audit log: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::handlers;
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(paths(handlers::list))]
pub(crate) struct Described;

#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/admin/audit-log", "listAuditLog", Access::May(Permission::AuditRead), &[400, 422], |r| r.to(handlers::list)).list(),
];
