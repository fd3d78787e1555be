//! Where spans go: to a collector, by OTLP over HTTP, from a thread of its own. Only with the
//! feature `otel`.

/// Which spans are sent, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanSettings {
    /// Address of the collector, without `/v1/traces`.
    pub endpoint: String,
    /// What this process is called there.
    pub service: String,
    /// How many traces of a hundred are sent, where the caller has not decided.
    pub sample_percent: u8,
}

/// Sends what is left when it is dropped.
#[must_use = "spans are sent as long as this is kept"]
#[derive(Debug, Default)]
pub struct Sending {
    #[cfg(feature = "otel")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

#[cfg(feature = "otel")]
pub(crate) use sent::layer;

#[cfg(feature = "otel")]
mod sent {
    use std::time::Duration;

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::{
        Resource,
        trace::{Sampler, SdkTracerProvider},
    };
    use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
    use tracing_subscriber::{Layer, filter::DynFilterFn, layer::Context, registry::LookupSpan};

    use super::{Sending, SpanSettings};
    use crate::TelemetryError;

    /// Time a collector has to take a batch.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Sends the spans of our own crates; those of statements too, which no log shows.
    pub(crate) fn layer<S>(
        settings: &SpanSettings,
    ) -> Result<(Box<dyn Layer<S> + Send + Sync>, Sending), TelemetryError>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let endpoint = format!("{}/v1/traces", settings.endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_timeout(PATIENCE)
            .build()
            .map_err(TelemetryError::Exporter)?;
        let ratio = f64::from(settings.sample_percent) / 100.0;
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_resource(Resource::builder().with_service_name(settings.service.clone()).build())
            .with_batch_exporter(exporter)
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("kontor"))
            .with_location(false)
            .with_threads(false)
            .with_filter(DynFilterFn::new(is_sent).with_max_level_hint(LevelFilter::DEBUG));
        Ok((layer.boxed(), Sending { provider: Some(provider) }))
    }

    /// Requests and messages begin traces; use cases and statements, which no log shows, are parts
    /// of one. What is done again and again by itself begins none.
    fn is_sent<S>(what: &Metadata<'_>, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let crate_name = what.target().split("::").next().unwrap_or_default();
        let is_part = || context.lookup_current().is_some();
        match crate_name {
            "web" | "worker" if what.is_span() => *what.level() <= Level::INFO,
            "usecases" | "infra_sea_orm" if what.is_span() => is_part(),
            _ => what.is_event() && *what.level() <= Level::INFO && is_part(),
        }
    }

    impl Drop for Sending {
        fn drop(&mut self) {
            let outcome = self.provider.as_ref().map(SdkTracerProvider::shutdown);
            if let Some(Err(error)) = outcome {
                tracing::warn!(%error, "the last spans were not sent");
            }
        }
    }
}
