//! Messages: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::handlers;
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(paths(
    handlers::outbox,
    handlers::dead_letters,
    handlers::dead_letter,
    handlers::replay,
    handlers::drop_letter,
    handlers::push_task,
    handlers::tasks,
))]
pub(crate) struct Described;

const MANAGES: Access = Access::May(Permission::SystemManage);

#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/admin/outbox", "getOutbox", MANAGES, &[], |r| r.to(handlers::outbox)),
    Operation::new("GET", "/api/v1/admin/dead-letters", "listDeadLetters", MANAGES, &[400, 422], |r| r.to(handlers::dead_letters)).list(),
    Operation::new("GET", "/api/v1/admin/dead-letters/{id}", "getDeadLetter", MANAGES, &[404, 422], |r| r.to(handlers::dead_letter)),
    Operation::new("DELETE", "/api/v1/admin/dead-letters/{id}", "dropDeadLetter", MANAGES, &[404, 422], |r| r.to(handlers::drop_letter)),
    Operation::new("POST", "/api/v1/admin/dead-letters/{id}/replay", "replayDeadLetter", MANAGES, &[404, 422], |r| r.to(handlers::replay)),
    Operation::new("GET", "/api/v1/admin/tasks", "listTasks", MANAGES, &[400, 422], |r| r.to(handlers::tasks)).list(),
    Operation::new("POST", "/api/v1/test/push_task", "pushTask", MANAGES, &[400, 413, 415, 422], |r| r.to(handlers::push_task)),
];
