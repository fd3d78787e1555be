use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::settings::HttpSettings;

/// Policy of everything that is not a page: it may load nothing and be framed by nobody.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Headers every response has, unless it brought its own.
pub(super) fn complete(headers: &mut HeaderMap, request_id: &str, settings: &HttpSettings) {
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, API_POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if settings.public_url.starts_with("https://") {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    match HeaderValue::from_str(request_id) {
        Ok(id) => drop(headers.insert(HeaderName::from_static("x-request-id"), id)),
        Err(error) => tracing::error!(%error, "a request id was not rendered"),
    }
}
