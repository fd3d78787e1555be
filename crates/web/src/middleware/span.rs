use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::{Span, field::Empty};
use tracing_actix_web::RootSpanBuilder;

use super::{RequestContext, trace};

/// The span of a request: its id, trace and method. No path, query, header or address, which may
/// hold what logs must not.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let mut extensions = request.extensions_mut();
        let context = extensions.get_mut::<RequestContext>();
        let span = tracing::info_span!(
            "request",
            request_id = context.as_ref().map(|context| context.id.as_str()),
            trace_id = Empty,
            http.method = %request.method(),
            http.route = Empty,
            http.status = Empty,
        );
        if let Some(context) = context {
            trace::go_on(&span, context);
            if let Some(trace_id) = context.trace_id() {
                span.record("trace_id", trace_id);
            }
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        trace::end(&span, outcome);
    }
}
