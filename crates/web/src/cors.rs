//! Which pages of other sites may use the API.

use actix_cors::Cors;
use actix_web::http::{
    Method,
    header::{self, HeaderName},
};

/// How long a browser remembers what it was allowed, seconds.
const REMEMBERED: usize = 600;

/// Pages of `origins` may call with tokens they have: never with cookies, which belong to our own
/// pages. `*` is every page there is.
pub(crate) fn cors(origins: &[String]) -> Cors {
    let named = HeaderName::from_static;
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            named("idempotency-key"),
            named("traceparent"),
            named("x-request-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            named("idempotent-replayed"),
            named("ratelimit"),
            named("ratelimit-policy"),
            named("x-request-id"),
        ])
        .max_age(REMEMBERED);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
