use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use uuid::Uuid;

use crate::error::ApiError;

/// The one parameter of a path, as text.
pub(crate) struct PathText(pub(crate) String);

impl FromRequest for PathText {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.match_info().iter().next().map(|(_, value)| value.to_owned());
        ready(value.map(Self).ok_or_else(ApiError::unknown_route))
    }
}

/// The one parameter of a path, which is an id.
pub(crate) struct PathId(pub(crate) Uuid);

impl FromRequest for PathId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.match_info().iter().next().and_then(|(_, value)| parse_id(value));
        ready(value.map(Self).ok_or_else(invalid_id))
    }
}

/// Reads a UUID in its usual form of 36 characters.
pub(crate) fn parse_id(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// Whether `text` is what the document says of a slug; some of it, such as a number, is nobody's.
pub(crate) fn is_slug_shaped(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 100 && text.split('-').all(word)
}

fn invalid_id() -> ApiError {
    let detail = "The address holds an id that is not a UUID.";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_id", detail)
}

impl PathText {
    /// Reads the name of a thing.
    ///
    /// # Errors
    /// 422 when `read` can make nothing of it.
    pub(crate) fn key<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, ApiError> {
        read(&self.0).ok_or_else(|| {
            let detail = "The address holds neither a UUID nor a slug.";
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_id", detail)
        })
    }
}
