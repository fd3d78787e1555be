//! Failures on their way out: what the client may see, and what only the log sees.

mod convert;
mod problem;
mod russian;

use std::{borrow::Cow, sync::Arc, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use domain::shared::error::{Cause, Coded, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::lang::Lang;

pub(crate) use convert::by_status;
pub use problem::{FieldError, Problem};

/// Where the password is proven again.
const STEP_UP: &str = "/api/v1/auth/step-up";

/// A request that was not fulfilled: status, stable code, and a cause for the log alone.
#[derive(Debug)]
pub struct ApiError(Box<Failure>);

/// What is said of a failure to people.
pub(crate) struct Told {
    /// The status in words.
    pub(crate) title: String,
    /// What went wrong.
    pub(crate) detail: String,
    /// What is wrong where.
    pub(crate) errors: Vec<FieldError>,
}

#[derive(Debug)]
struct Failure {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Cause>,
}

/// The one table that turns kinds of failure into statuses.
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let detail = match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                "The service cannot answer now. Try again later.".into()
            }
            status if status.is_server_error() => "Something went wrong on our side.".into(),
            _ => detail.into(),
        };
        Self(Box::new(Failure {
            status,
            code,
            detail,
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
            source: None,
        }))
    }

    pub(crate) fn coded(error: impl Coded) -> Self {
        let status = status_of(error.kind());
        let failure = Self::new(status, error.code(), error.to_string());
        let failure = match status {
            StatusCode::UNAUTHORIZED => failure.challenge("Bearer"),
            StatusCode::SERVICE_UNAVAILABLE => failure.retry_after(Duration::from_secs(1)),
            _ => failure,
        };
        failure.caused_by(error)
    }

    pub(crate) fn not_found(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(crate) fn forbidden(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    pub(crate) fn malformed(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A body that was read and breaks a rule at `pointer` (RFC 6901).
    pub(crate) fn invalid_body(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::invalid("invalid_body", "The request body is not valid.", pointer, code, detail)
    }

    /// A query parameter that breaks a rule.
    pub(crate) fn invalid_query(parameter: &str, detail: impl Into<String>) -> Self {
        let detail_text = "The query is not valid.";
        Self::invalid("invalid_query", detail_text, format!("?{parameter}"), "invalid", detail)
    }

    fn invalid(
        code: &'static str,
        summary: &'static str,
        pointer: impl Into<String>,
        field_code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, summary).at(pointer, field_code, detail)
    }

    pub(crate) fn internal(source: impl Into<Cause>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "").caused_by(source)
    }

    pub(crate) fn rate_limited(after: Duration) -> Self {
        let detail = "Too many requests. Try again later.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).retry_after(after)
    }

    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let detail = "This resource does not take this method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
            .header(header::ALLOW, allow)
    }

    pub(crate) fn unknown_route() -> Self {
        Self::not_found("not_found", "There is nothing at this address.")
    }

    pub(crate) fn token_missing() -> Self {
        let detail = "This needs an access token: Authorization: Bearer <token>.";
        Self::new(StatusCode::UNAUTHORIZED, "token_missing", detail).challenge("Bearer")
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The failure of a request that others waited for with this one.
    pub(crate) fn of_all(failure: Arc<Self>) -> Self {
        Arc::try_unwrap(failure).unwrap_or_else(|shared| {
            let Failure { status, code, detail, errors, members, headers, source: _ } = &*shared.0;
            Self(Box::new(Failure {
                status: *status,
                code,
                detail: detail.clone(),
                errors: errors.clone(),
                members: members.clone(),
                headers: headers.clone(),
                source: Some(Box::new(shared)),
            }))
        })
    }

    pub(crate) fn at(
        mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        self.0.errors.push(FieldError { pointer, code: code.to_owned(), detail });
        self
    }

    /// Adds an extension member (RFC 9457, 3.2).
    pub(crate) fn member(mut self, name: &str, value: &impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.0.members.insert(name.to_owned(), value)),
            Err(error) => tracing::error!(%error, name, "a problem member was not rendered"),
        }
        self
    }

    pub(crate) fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, &seconds.max(1).to_string())
    }

    /// Asks for the password again (RFC 9470), and says where.
    pub(crate) fn step_up(self, max_age: Duration) -> Self {
        let seconds = max_age.as_secs();
        let challenge =
            format!(r#"Bearer error="insufficient_user_authentication", max_age="{seconds}""#);
        self.challenge(&challenge).member("max_age", &seconds).member("step_up", &STEP_UP)
    }

    /// The challenge a 401 carries; the last one wins.
    pub(crate) fn challenge(mut self, scheme: &str) -> Self {
        self.0.headers.retain(|(name, _)| *name != header::WWW_AUTHENTICATE);
        self.header(header::WWW_AUTHENTICATE, scheme)
    }

    /// Says which codings of a body are taken (RFC 9110, 12.5.3).
    pub(crate) fn accept_encoding(self, codings: &str) -> Self {
        self.header(header::ACCEPT_ENCODING, codings)
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => self.0.headers.push((name, value)),
            Err(error) => tracing::error!(%error, %name, "a header was not rendered"),
        }
        self
    }

    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.0.status == StatusCode::UNAUTHORIZED
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.0.status == StatusCode::NOT_FOUND
    }

    pub(crate) const fn code(&self) -> &'static str {
        self.0.code
    }

    /// What is said of it to people who speak `lang`.
    pub(crate) fn told(&self, lang: Lang) -> Told {
        let failure = &*self.0;
        let title = failure.status.canonical_reason().unwrap_or("Error");
        match lang {
            Lang::En => Told {
                title: title.to_owned(),
                detail: failure.detail.clone().into_owned(),
                errors: failure.errors.clone(),
            },
            Lang::Ru => Told {
                title: russian::title(failure.status).unwrap_or(title).to_owned(),
                detail: russian::detail(failure.code).unwrap_or(&failure.detail).to_owned(),
                errors: failure.errors.iter().map(russian::field).collect(),
            },
        }
    }

    /// Gives `response`, which tells of the failure, its status and headers.
    pub(crate) fn head(&self, response: &mut HttpResponse) {
        *response.status_mut() = self.0.status;
        for (name, value) in &self.0.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }

    /// Renders the problem for the request it belongs to.
    pub(crate) fn respond(&self, instance: &str, request_id: &str, lang: Lang) -> HttpResponse {
        let failure = &*self.0;
        let Told { title, detail, errors } = self.told(lang);
        let problem = Problem {
            kind: format!("urn:kontor:problem:{}", failure.code),
            title,
            status: failure.status.as_u16(),
            code: failure.code.to_owned(),
            detail,
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors,
            members: failure.members.clone(),
        };
        let mut response = HttpResponse::Ok().content_type(Problem::MEDIA_TYPE).json(problem);
        self.head(&mut response);
        lang.tell(response.headers_mut(), "accept-language");
        response
    }

    /// Writes the chain of causes to the log; called once, at the boundary.
    pub(crate) fn log(&self) {
        let failure = &*self.0;
        if !failure.status.is_server_error() {
            return;
        }
        let mut causes = Vec::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        let (code, causes) = (failure.code, causes.join(": "));
        if failure.status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(error.code = code, error.causes = causes, "request not served");
        } else {
            tracing::error!(error.code = code, error.causes = causes, "request failed");
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(cause) => Some(&**cause),
            None => None,
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.respond("", "", Lang::default())
    }
}
