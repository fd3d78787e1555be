use std::rc::Rc;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::HeaderMap,
    middleware::Next,
};
use time::OffsetDateTime;

use crate::{connection::Progress, error::ApiError, services::App};

/// What a request is known by, in every log line, problem and event.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The client's `X-Request-ID` when it is a plain word, else one of ours.
    pub(crate) id: String,
    /// W3C trace context, when the client sent a readable one.
    pub(crate) traceparent: Option<String>,
    /// Path as it was asked for, without the query.
    pub(crate) path: String,
    /// When it came.
    pub(crate) started: OffsetDateTime,
}

impl RequestContext {
    /// Name of the trace, when there is one.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_deref()?.split('-').nth(1)
    }
}

/// Names the request; outermost, so that everything else can rely on it.
pub(crate) async fn identify<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(app) = request.app_data::<App>() else {
        return Err(ApiError::internal("the application has no state").into());
    };
    let header = |name: &str| plain_header(request.headers(), name);
    let context = RequestContext {
        id: header("x-request-id")
            .filter(|id| is_request_id(id))
            .map_or_else(|| app.services.ids.next().to_string(), str::to_owned),
        traceparent: header("traceparent").filter(|text| is_traceparent(text)).map(str::to_owned),
        path: request.path().to_owned(),
        started: app.services.clock.now(),
    };
    request.extensions_mut().insert(context);
    let progress = request.conn_data::<Rc<Progress>>().cloned();
    if let Some(progress) = &progress {
        progress.begin();
    }
    let answer = next.call(request).await;
    if let Some(progress) = &progress {
        progress.end();
    }
    answer
}

fn plain_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
}

fn is_request_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn is_traceparent(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let zero = |part: &&str| part.bytes().all(|byte| byte == b'0');
    lengths == [2, 32, 16, 2]
        && parts.iter().all(|part| hex(part))
        && !parts.iter().skip(1).take(2).any(zero)
        && !text.starts_with("ff")
}

#[cfg(test)]
mod tests {
    use super::{is_request_id, is_traceparent};

    #[test]
    fn a_request_id_is_a_short_plain_word() {
        assert!(is_request_id("01890a5d-ac96.774b_A"));
        assert!(!is_request_id(""));
        assert!(!is_request_id("a b"));
        assert!(!is_request_id(&"a".repeat(65)));
    }

    #[test]
    fn a_traceparent_has_four_hexadecimal_parts_and_no_zero_ids() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("00-4bf92f35-00f067aa0ba902b7-01"));
    }
}
