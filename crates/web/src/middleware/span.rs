use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::RequestContext;

/// The span of a request: its id and method. No path, query, header or address, which may hold
/// what logs must not.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let extensions = request.extensions();
        let context = extensions.get::<RequestContext>();
        tracing::info_span!(
            "request",
            request_id = context.map(|context| context.id.as_str()),
            traceparent = context.and_then(|context| context.traceparent.as_deref()),
            http.method = %request.method(),
        )
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}
