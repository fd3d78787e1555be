//! A request is a part of the trace its caller began, or begins one; what it sets off goes on in it.

use actix_web::{Error, dev::ServiceResponse};
use tracing::Span;

use super::RequestContext;

/// Makes `span` a part of the trace, and what follows a part of `span`.
#[cfg(feature = "otel")]
pub(super) fn go_on(span: &Span, context: &mut RequestContext) {
    use std::collections::HashMap;

    use opentelemetry::propagation::TextMapPropagator as _;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let propagator = TraceContextPropagator::new();
    if let Some(traceparent) = context.traceparent.clone() {
        let carrier = HashMap::from([("traceparent".to_owned(), traceparent)]);
        // Without a collector there is nothing to be part of.
        let _ = span.set_parent(propagator.extract(&carrier));
    }
    let mut carrier = HashMap::new();
    propagator.inject_context(&span.context(), &mut carrier);
    if let Some(own) = carrier.remove("traceparent") {
        context.traceparent = Some(own);
    }
}

/// The caller's trace context is passed on as it came.
#[cfg(not(feature = "otel"))]
pub(super) const fn go_on(_: &Span, _: &mut RequestContext) {}

/// Names the span after the route that was taken.
#[cfg(feature = "otel")]
pub(super) fn end<B>(span: &Span, outcome: &Result<ServiceResponse<B>, Error>) {
    use opentelemetry::trace::TraceContextExt as _;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let Ok(response) = outcome else { return };
    let request = response.request();
    let route = request.match_pattern().unwrap_or_default();
    span.context().span().update_name(format!("{} {route}", request.method()));
    span.record("http.route", route);
    span.record("http.status", response.status().as_u16());
}

/// The line of the request tells it.
#[cfg(not(feature = "otel"))]
pub(super) const fn end<B>(_: &Span, _: &Result<ServiceResponse<B>, Error>) {}
