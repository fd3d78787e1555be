use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
};
use domain::shared::{
    actor::Actor,
    idempotency::{IdempotencyKey, IdempotentRequest, Outcome, StoredResponse},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{error::ApiError, etag, services::state_of};

const HEADER: &str = "idempotency-key";

/// The `Idempotency-Key` of a request, when it has one: 1 to 255 visible ASCII characters.
pub(crate) struct IdempotencyKeyHeader {
    key: Option<String>,
    method: String,
    path: String,
}

impl IdempotencyKeyHeader {
    /// The key together with what it is bound to: who asks for which operation, and the bytes.
    pub(crate) fn bind<T>(
        self,
        operation: &str,
        actor: &Actor,
        body: &[u8],
        render: fn(&T) -> StoredResponse,
    ) -> Option<IdempotentRequest<T>> {
        let mut fingerprint = Sha256::new();
        for part in [self.method.as_bytes(), self.path.as_bytes(), body] {
            fingerprint.update(part);
            fingerprint.update([0]);
        }
        let key = IdempotencyKey {
            scope: IdempotencyKey::scope_of(operation, actor.user),
            key: self.key?,
            fingerprint: fingerprint.finalize().into(),
        };
        Some(IdempotentRequest { key, render })
    }
}

impl IdempotencyKeyHeader {
    /// The key a form brings in a field of its own.
    ///
    /// # Errors
    /// 400 when it is no key.
    pub(crate) fn of_form(request: &HttpRequest, key: &str) -> Result<Self, ApiError> {
        if !is_key(key.as_bytes()) {
            return Err(malformed());
        }
        let (method, path) = (request.method().to_string(), request.path().to_owned());
        Ok(Self { key: Some(key.to_owned()), method, path })
    }
}

fn is_key(bytes: &[u8]) -> bool {
    (1..=255).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

fn malformed() -> ApiError {
    ApiError::malformed(
        "idempotency_key_malformed",
        "An Idempotency-Key is 1 to 255 visible ASCII characters, sent once.",
    )
}

impl FromRequest for IdempotencyKeyHeader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, is_required(request)))
    }
}

/// The key of a request that needs none even where the shop wants one to move money.
pub(crate) struct OfferedIdempotencyKey(pub(crate) IdempotencyKeyHeader);

impl FromRequest for OfferedIdempotencyKey {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, false).map(Self))
    }
}

fn read(request: &HttpRequest, is_required: bool) -> Result<IdempotencyKeyHeader, ApiError> {
    let mut values = request.headers().get_all(HEADER);
    let (first, second) = (values.next(), values.next());
    let key = match (first, second) {
        (None, _) if is_required => {
            return Err(ApiError::new(
                StatusCode::PRECONDITION_REQUIRED,
                "idempotency_key_required",
                "This needs an Idempotency-Key.",
            ));
        }
        (None, _) => None,
        (Some(value), None) if is_key(value.as_bytes()) => {
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        }
        _ => return Err(malformed()),
    };
    let (method, path) = (request.method().to_string(), request.path().to_owned());
    Ok(IdempotencyKeyHeader { key, method, path })
}

fn is_required(request: &HttpRequest) -> bool {
    state_of(request).is_some_and(|app| app.settings.require_idempotency_key)
}

/// An answer with a JSON body, to be given now and kept for its key.
pub(crate) fn answer(
    status: u16,
    location: impl Into<Option<String>>,
    body: &impl Serialize,
) -> StoredResponse {
    let body = serde_json::to_string(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer was not rendered");
        "{}".to_owned()
    });
    StoredResponse { status, location: location.into(), body }
}

/// The answer to what was done just now, or the one that was given before.
pub(crate) fn answered<T>(
    outcome: Outcome<T>,
    render: impl FnOnce(&T) -> StoredResponse,
) -> Result<HttpResponse, ApiError> {
    let (stored, before) = answer_of(outcome, render);
    given(stored, before)
}

/// The answer, and whether it was given before.
fn answer_of<T>(
    outcome: Outcome<T>,
    render: impl FnOnce(&T) -> StoredResponse,
) -> (StoredResponse, bool) {
    match outcome {
        Outcome::Done(done) => (render(&done), false),
        Outcome::Replayed(stored) => (stored, true),
    }
}

/// A stored answer, marked when it was given before.
fn given(answer: StoredResponse, before: bool) -> Result<HttpResponse, ApiError> {
    let status = StatusCode::from_u16(answer.status).map_err(ApiError::internal)?;
    let mut response = HttpResponse::build(status);
    if let Some(location) = answer.location {
        response.insert_header((header::LOCATION, location));
    }
    if before {
        response.insert_header(("idempotent-replayed", "true"));
    }
    Ok(response.content_type("application/json").body(answer.body))
}

/// As [`answered`], with the tag of what was made: its first version.
pub(crate) fn made<T>(
    outcome: Outcome<T>,
    render: impl FnOnce(&T) -> StoredResponse,
) -> Result<HttpResponse, ApiError> {
    let (stored, before) = answer_of(outcome, render);
    let tag = etag::tag_of(stored.body.as_bytes(), Some(1));
    let mut response = given(stored, before)?;
    let tag = header::HeaderValue::from_str(&tag).map_err(ApiError::internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}
