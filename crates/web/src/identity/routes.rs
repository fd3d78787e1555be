//! Accounts and sessions: which addresses lead to which handlers.

use utoipa::OpenApi;

use super::{dto, handlers};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::register,
        handlers::log_in,
        handlers::refresh,
        handlers::step_up,
        handlers::log_out,
        handlers::log_out_everywhere,
        handlers::sessions,
        handlers::end_session,
        handlers::me,
    ),
    components(schemas(dto::UserRole))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/api/v1/auth/register", "registerUser", Access::Public, &[401, 403, 409, 429], |r| r.to(handlers::register)),
    Operation::new("POST", "/api/v1/auth/login", "logIn", Access::Public, &[401, 403, 429], |r| r.to(handlers::log_in)),
    Operation::new("POST", "/api/v1/auth/refresh", "refreshSession", Access::Public, &[401, 429], |r| r.to(handlers::refresh)),
    Operation::new("POST", "/api/v1/auth/step-up", "stepUp", Access::SignedIn, &[403, 429], |r| r.to(handlers::step_up)),
    Operation::new("POST", "/api/v1/auth/logout", "logOut", Access::SignedIn, &[], |r| r.to(handlers::log_out)),
    Operation::new("POST", "/api/v1/auth/logout-all", "logOutEverywhere", Access::SignedIn, &[], |r| r.to(handlers::log_out_everywhere)),
    Operation::new("GET", "/api/v1/auth/sessions", "listSessions", Access::SignedIn, &[], |r| r.to(handlers::sessions)),
    Operation::new("DELETE", "/api/v1/auth/sessions/{id}", "endSession", Access::SignedIn, &[404, 422], |r| r.to(handlers::end_session)),
    Operation::new("GET", "/api/v1/auth/me", "getMe", Access::SignedIn, &[], |r| r.to(handlers::me)),
    Operation::new("GET", "/api/v1/users/me", "getCurrentUser", Access::SignedIn, &[], |r| r.to(handlers::me)).same_as("/api/v1/auth/me"),
    Operation::new("GET", "/api/v1/users/info", "getUserInfo", Access::SignedIn, &[], |r| r.to(handlers::me)).same_as("/api/v1/auth/me"),
];
