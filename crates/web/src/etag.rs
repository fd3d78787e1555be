//! Validators of what the catalogue shows (RFC 9110, 8.8.3 and 13.1.2).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Answers `body` with its `ETag`, or 304 when the client has it already. `version` is told in
/// the tag of a single resource.
///
/// # Errors
/// When the body cannot be rendered.
pub(crate) fn respond(
    request: &HttpRequest,
    body: &impl Serialize,
    version: Option<i64>,
    links: Option<String>,
) -> Result<HttpResponse, ApiError> {
    let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
    let tag = tag_of(&body, version);
    let mut response = if matches(request.headers(), &tag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((header::ETAG, tag.clone()));
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    if let Some(links) = links {
        response.insert_header((header::LINK, links));
    }
    if matches(request.headers(), &tag) {
        return Ok(response.finish());
    }
    Ok(response.content_type("application/json").body(body))
}

/// A strong validator of `body`.
pub(crate) fn tag_of(body: &[u8], version: Option<i64>) -> String {
    let digest = Sha256::digest(body);
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    version.map_or_else(|| format!("\"{short}\""), |version| format!("\"v{version}-{short}\""))
}

/// The version told in a strong tag of ours. What else went into the tag, such as stock, is not
/// what a writer means to change.
pub(crate) fn version_of(tag: &str) -> Option<i64> {
    let inner = tag.strip_prefix("\"v")?.strip_suffix('"')?;
    let (version, digest) = inner.split_once('-')?;
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
    if is_digest && is_number { version.parse().ok() } else { None }
}

/// Whether `If-None-Match` names `tag`, by weak comparison.
pub(crate) fn matches(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
