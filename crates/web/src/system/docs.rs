use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use bytes::Bytes;

use crate::{error::ApiError, etag, extract::PathText, openapi::openapi_json, pages};

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi_json()));

/// The OpenAPI document.
pub(crate) async fn openapi(request: HttpRequest) -> HttpResponse {
    tagged(&request, DOCUMENT.clone(), "application/json")
}

/// The documentation, by Swagger UI.
pub(crate) async fn page() -> Result<HttpResponse, ApiError> {
    pages::render("docs.html", (), Some(pages::DOCS_POLICY))
}

/// The documentation, by Redoc.
pub(crate) async fn redoc() -> Result<HttpResponse, ApiError> {
    pages::render("redoc.html", (), Some(pages::REFERENCE_POLICY))
}

/// The documentation, by Scalar.
pub(crate) async fn scalar() -> Result<HttpResponse, ApiError> {
    pages::render("scalar.html", (), Some(pages::REFERENCE_POLICY))
}

/// A file that pages load.
pub(crate) async fn asset(request: HttpRequest, name: PathText) -> Result<HttpResponse, ApiError> {
    let asset = pages::asset(&name.0).ok_or_else(ApiError::unknown_route)?;
    let mut response = tagged(&request, asset.bytes, asset.kind);
    if asset.is_packed {
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    }
    Ok(response)
}

fn tagged(request: &HttpRequest, body: Bytes, kind: &'static str) -> HttpResponse {
    let tag = etag::tag_of(&body, None);
    let known = etag::matches(request.headers(), &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "public, no-cache"));
    if known { response.finish() } else { response.content_type(kind).body(body) }
}
