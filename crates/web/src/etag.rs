//! Validators of what the catalogue shows (RFC 9110, 8.8.3 and 13.1.2).

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap, HeaderValue},
};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// A body with its validator, ready to be sent any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tagged {
    pub(crate) body: Bytes,
    pub(crate) tag: HeaderValue,
    /// Value of the `Link` header.
    pub(crate) links: Option<HeaderValue>,
}

impl Tagged {
    /// Renders `body`. `version` is told in the tag of a single resource.
    ///
    /// # Errors
    /// When the body cannot be rendered.
    pub(crate) fn render(
        body: &impl Serialize,
        version: Option<i64>,
        links: Option<String>,
    ) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
        let tag = HeaderValue::try_from(tag_of(&body, version)).map_err(ApiError::internal)?;
        let links = links.map(HeaderValue::try_from).transpose().map_err(ApiError::internal)?;
        Ok(Self { body: body.into(), tag, links })
    }

    /// Answers the body with its `ETag`, or 304 when the client has it already.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = self.tag.to_str().is_ok_and(|tag| matches(request.headers(), tag));
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((header::ETAG, self.tag.clone()));
        response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-cache")));
        if let Some(links) = &self.links {
            response.insert_header((header::LINK, links.clone()));
        }
        if is_known {
            return response.finish();
        }
        let json = HeaderValue::from_static("application/json");
        response.insert_header((header::CONTENT_TYPE, json));
        response.body(self.body.clone())
    }
}

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
    Ok(Tagged::render(body, version, links)?.respond(request))
}

/// Answers what a write left behind, with its `ETag`.
///
/// # Errors
/// When the body cannot be rendered.
pub(crate) fn changed(body: &impl Serialize, version: i64) -> Result<HttpResponse, ApiError> {
    let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
    let tag = tag_of(&body, Some(version));
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((header::ETAG, tag)).content_type("application/json").body(body))
}

/// A strong validator of `body`.
pub(crate) fn tag_of(body: &[u8], version: Option<i64>) -> String {
    let digest = Sha256::digest(body);
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    version.map_or_else(|| format!("\"{short}\""), |version| format!("\"v{version}-{short}\""))
}

/// What the tag of a body ends in when the body is packed, in front of the last quote: other bytes
/// have to have another strong validator.
const PACKED: &str = "-gzip";

/// The tag of what has `tag`, packed.
pub(crate) fn of_packed(tag: &HeaderValue) -> Option<HeaderValue> {
    let inner = tag.to_str().ok()?.strip_suffix('"')?;
    HeaderValue::try_from(format!("{inner}{PACKED}\"")).ok()
}

/// The tag of what has `tag`, whether it is packed or not.
fn plain(tag: &str) -> Cow<'_, str> {
    match tag.strip_suffix('"').and_then(|inner| inner.strip_suffix(PACKED)) {
        Some(inner) => Cow::Owned(format!("{inner}\"")),
        None => Cow::Borrowed(tag),
    }
}

/// Tells a client that has the packed body its own tag again, with the 304 that it still is good.
pub(crate) fn keep_known(asked: &HeaderMap, answer: &mut HeaderMap) {
    let Some(tag) = answer.get(header::ETAG).and_then(of_packed) else { return };
    let vary = HeaderValue::from_static("accept-encoding");
    answer.append(header::VARY, vary);
    let is_known = |value: &HeaderValue| {
        let known = value.to_str().unwrap_or_default().split(',').map(str::trim);
        known.map(|known| known.strip_prefix("W/").unwrap_or(known)).any(|known| known == tag)
    };
    if asked.get_all(header::IF_NONE_MATCH).any(is_known) {
        answer.insert(header::ETAG, tag);
    }
}

/// The version told in a strong tag of ours. What else went into the tag, such as stock, is not
/// what a writer means to change.
pub(crate) fn version_of(tag: &str) -> Option<i64> {
    let tag = plain(tag);
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
        .any(|known| known == "*" || plain(known.strip_prefix("W/").unwrap_or(known)) == tag)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};

    use super::{matches, of_packed, version_of};

    #[test]
    fn a_packed_body_has_a_tag_of_its_own_that_means_the_same() {
        let plain = HeaderValue::from_static("\"v3-0123456789abcdef\"");
        let packed = of_packed(&plain).unwrap();
        assert_eq!(packed, "\"v3-0123456789abcdef-gzip\"");
        assert_eq!(version_of(packed.to_str().unwrap()), Some(3));
        assert_eq!(version_of("\"v3-0123456789abcdef-gzip-gzip\""), None);
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("W/\"v3-0123456789abcdef-gzip\""));
        assert!(matches(&headers, plain.to_str().unwrap()));
        assert!(!matches(&headers, "\"v4-0123456789abcdef\""));
    }
}
