//! What a request began goes on in the handlers of its events.

use domain::shared::event::{EventEnvelope, Provenance};
use tracing::Span;

/// Makes `span` a part of the trace that set the event off.
#[cfg(feature = "otel")]
pub(crate) fn go_on(span: &Span, provenance: &Provenance) {
    use opentelemetry::propagation::TextMapPropagator as _;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let Some(traceparent) = &provenance.traceparent else { return };
    let carrier =
        std::collections::HashMap::from([("traceparent".to_owned(), traceparent.clone())]);
    // Without a collector there is nothing to be part of.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}

/// The names are in the fields of the span.
#[cfg(not(feature = "otel"))]
pub(crate) const fn go_on(_: &Span, _: &Provenance) {}

/// Events on their way to the bus: a span for each, in the trace that set it off, until dropped.
pub(crate) struct OnTheirWay {
    #[cfg(feature = "otel")]
    _spans: Vec<Span>,
}

impl OnTheirWay {
    #[cfg(feature = "otel")]
    pub(crate) fn begin(events: &[EventEnvelope]) -> Self {
        let one = |event: &EventEnvelope| {
            let name = event.event.name();
            let span = tracing::info_span!("publish", event = %event.id, event_type = name);
            go_on(&span, &event.provenance);
            span
        };
        Self { _spans: events.iter().map(one).collect() }
    }

    /// Nothing is shown.
    #[cfg(not(feature = "otel"))]
    pub(crate) const fn begin(_: &[EventEnvelope]) -> Self {
        Self {}
    }
}
