//! Packs large answers for clients that unpack them.
//!
//! Refuses pages: the token of a form beside what a visitor typed could be told from the length.

use std::{io::Write, sync::LazyLock};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use moka::sync::Cache;

use crate::{error::ApiError, etag};

/// Smaller bodies fit into one packet anyway.
const SMALLEST: u64 = 1400;
/// Larger ones would keep others of the thread waiting.
const SMALLEST_APART: usize = 64 * 1024;
/// Packed bodies that are kept, in bytes.
const CAPACITY_BYTES: u64 = 8 * 1024 * 1024;

/// Bodies that have a validator, packed, by this and their length.
static KEPT: LazyLock<Cache<(HeaderValue, usize), Bytes>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(CAPACITY_BYTES)
        .weigher(|_, packed: &Bytes| u32::try_from(packed.len()).unwrap_or(u32::MAX))
        .build()
});

/// The response, packed when its client takes that and it is worth it.
pub(super) async fn packed(
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, ApiError> {
    let (request, mut response) = response.into_parts();
    if response.status() == StatusCode::NOT_MODIFIED {
        etag::keep_known(request.headers(), response.headers_mut());
        return Ok(ServiceResponse::new(request, response));
    }
    if !is_worth_it(&response) {
        return Ok(ServiceResponse::new(request, response));
    }
    let vary = HeaderValue::from_static("accept-encoding");
    response.headers_mut().append(header::VARY, vary);
    if !takes_gzip(request.headers()) {
        return Ok(ServiceResponse::new(request, response));
    }
    let (head, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(stream) => return Ok(ServiceResponse::new(request, head.set_body(stream))),
    };
    let tag = head.headers().get(header::ETAG).cloned();
    let packed = pack(tag.as_ref(), body).await?;
    let mut response = head.set_body(BoxBody::new(packed));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    if let Some(tag) = tag.as_ref().and_then(etag::of_packed) {
        headers.insert(header::ETAG, tag);
    }
    Ok(ServiceResponse::new(request, response))
}

/// Whether the body is at hand, long, of a kind that shrinks, and not packed yet.
fn is_worth_it(response: &HttpResponse) -> bool {
    let BodySize::Sized(length) = response.body().size() else { return false };
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let shrinks = [
        b"application/json".as_slice(),
        b"text/css; charset=utf-8",
        b"text/javascript; charset=utf-8",
        b"image/svg+xml",
    ];
    length >= SMALLEST
        && response.status() == StatusCode::OK
        && kind.is_some_and(|kind| shrinks.contains(&kind))
        && !response.headers().contains_key(header::CONTENT_ENCODING)
}

/// Whether `Accept-Encoding` names gzip (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).filter_map(|one| one.to_str().ok());
    accepted.flat_map(|one| one.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_gzip && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

async fn pack(tag: Option<&HeaderValue>, body: Bytes) -> Result<Bytes, ApiError> {
    let key = tag.map(|tag| (tag.clone(), body.len()));
    if let Some(known) = key.as_ref().and_then(|key| KEPT.get(key)) {
        return Ok(known);
    }
    let packed = if body.len() < SMALLEST_APART {
        gzip(&body)
    } else {
        web::block(move || gzip(&body)).await.map_err(ApiError::internal)?
    };
    let packed = packed.map_err(ApiError::internal)?;
    if let Some(key) = key {
        KEPT.insert(key, packed.clone());
    }
    Ok(packed)
}

fn gzip(body: &[u8]) -> std::io::Result<Bytes> {
    let mut packed = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    packed.write_all(body)?;
    packed.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};

    use super::takes_gzip;

    #[test]
    fn gzip_is_for_those_who_name_it() {
        for (accepted, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5, deflate", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("gzip;q=x", false),
            ("br, zstd", false),
            ("*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), takes, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
