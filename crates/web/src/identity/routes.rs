//! Accounts and sessions: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::{api_keys, dto, handlers, jwks, mailed, unblock};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::register,
        handlers::log_in,
        handlers::refresh,
        mailed::request_verify_token,
        mailed::verify,
        mailed::forgot_password,
        mailed::reset_password,
        handlers::step_up,
        handlers::log_out,
        handlers::log_out_everywhere,
        handlers::sessions,
        handlers::end_session,
        handlers::me,
        api_keys::list,
        api_keys::create,
        api_keys::revoke,
        unblock::unblock_login,
        jwks::show,
    ),
    components(schemas(api_keys::Scope, dto::UserRole, dto::MailLocale))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/api/v1/auth/register", "registerUser", Access::Public, &[401, 403, 409, 429], |r| r.to(handlers::register)),
    Operation::new("POST", "/api/v1/auth/login", "logIn", Access::Public, &[401, 403, 429], |r| r.to(handlers::log_in)),
    Operation::new("POST", "/api/v1/auth/refresh", "refreshSession", Access::Public, &[401, 429], |r| r.to(handlers::refresh)),
    Operation::new("POST", "/api/v1/auth/request-verify-token", "requestVerifyToken", Access::Public, &[429], |r| r.to(mailed::request_verify_token)),
    Operation::new("POST", "/api/v1/auth/verify", "verifyEmail", Access::Public, &[409, 429], |r| r.to(mailed::verify)),
    Operation::new("POST", "/api/v1/auth/forgot-password", "forgotPassword", Access::Public, &[429], |r| r.to(mailed::forgot_password)),
    Operation::new("POST", "/api/v1/auth/reset-password", "resetPassword", Access::Public, &[429], |r| r.to(mailed::reset_password)),
    Operation::new("POST", "/api/v1/auth/step-up", "stepUp", Access::SignedIn, &[403, 429], |r| r.to(handlers::step_up)),
    Operation::new("POST", "/api/v1/auth/logout", "logOut", Access::SignedIn, &[], |r| r.to(handlers::log_out)),
    Operation::new("POST", "/api/v1/auth/logout-all", "logOutEverywhere", Access::SignedIn, &[], |r| r.to(handlers::log_out_everywhere)),
    Operation::new("GET", "/api/v1/auth/sessions", "listSessions", Access::SignedIn, &[], |r| r.to(handlers::sessions)),
    Operation::new("DELETE", "/api/v1/auth/sessions/{id}", "endSession", Access::SignedIn, &[404, 422], |r| r.to(handlers::end_session)),
    Operation::new("GET", "/api/v1/auth/me", "getMe", Access::SignedIn, &[400, 422], |r| r.to(handlers::me)),
    Operation::new("GET", "/api/v1/users/me", "getCurrentUser", Access::SignedIn, &[400, 422], |r| r.to(handlers::me)).same_as("/api/v1/auth/me"),
    Operation::new("GET", "/api/v1/users/info", "getUserInfo", Access::SignedIn, &[400, 422], |r| r.to(handlers::me)).same_as("/api/v1/auth/me"),
    Operation::new("GET", "/api/v1/users/me/api-keys", "listApiKeys", Access::SignedIn, &[], |r| r.to(api_keys::list)),
    Operation::new("POST", "/api/v1/users/me/api-keys", "createApiKey", Access::SignedIn, &[403, 409], |r| r.to(api_keys::create)).step_up(),
    Operation::new("DELETE", "/api/v1/users/me/api-keys/{id}", "revokeApiKey", Access::SignedIn, &[404, 422], |r| r.to(api_keys::revoke)),
    Operation::new("POST", "/api/v1/admin/users/{id}/unblock-login", "unblockLogin", Access::May(Permission::UsersWrite), &[404, 422], |r| r.to(unblock::unblock_login)),
    Operation::new("GET", "/.well-known/jwks.json", "getJwks", Access::Public, &[], |r| r.to(jwks::show)),
];
