//! What the parts of the store take from the settings.

use std::{num::NonZeroUsize, time::Duration};

use anyhow::Context;
use config::Settings;
use telemetry::{Metrics, SpanSettings};
use web::{
    CountedText, Environment, HttpSettings, Rate, RateLimits, Registration, public_routes,
    trusted_proxies,
};
use worker::WorkerSettings;

/// For the HTTP face.
pub(crate) fn http(settings: &Settings) -> anyhow::Result<HttpSettings> {
    let is_production = settings.is_production();
    Ok(HttpSettings {
        public_url: settings.public_url(),
        environment: if is_production { Environment::Production } else { Environment::Development },
        registration: match settings.auth.registration {
            config::Registration::Classic => Registration::Classic,
            config::Registration::Quiet => Registration::Quiet,
            config::Registration::Staff => Registration::Staff,
        },
        mock_pages: settings.is_mock_allowed(),
        public_routes: public_routes(&settings.auth.public_routes)
            .context("AUTH__PUBLIC_ROUTES")?,
        step_up_max_age: Duration::from_secs(u64::from(settings.auth.step_up_minutes) * 60),
        rate_limit_enabled: settings.rate_limit.enabled,
        rate_limits: rate_limits(&settings.rate_limit),
        require_idempotency_key: settings.orders.require_idempotency_key,
        trusted_proxies: trusted_proxies(&settings.http.trusted_proxies)
            .context("HTTP__TRUSTED_PROXIES")?,
        max_in_flight: settings.http.max_in_flight,
        max_connections_per_address: settings.http.connections_per_address,
        max_streams: settings.http.max_streams,
        cors_origins: settings.cors.origins.clone(),
        workers: NonZeroUsize::new(settings.http.workers).map(NonZeroUsize::get),
        ..HttpSettings::default()
    })
}

/// For the worker.
pub(crate) fn worker(settings: &Settings) -> WorkerSettings {
    WorkerSettings {
        relay_batch: settings.worker.relay_batch,
        relay_poll: Duration::from_millis(settings.worker.poll_ms),
        concurrency: settings.worker.prefetch,
        ..WorkerSettings::default()
    }
}

/// How often callers may come.
fn rate_limits(limits: &config::RateLimit) -> RateLimits {
    let rate = |per_second, burst| Rate { per_second, burst };
    RateLimits::default()
        .rates(
            rate(limits.reads_per_second, limits.reads_burst),
            rate(limits.signed_in_per_second, limits.signed_in_burst),
            rate(limits.writes_per_second, limits.writes_burst),
        )
        .orders(limits.orders_per_minute)
        .doors(limits.login_per_minute, limits.login_per_hour, limits.refresh_per_minute)
}

/// So many days.
pub(crate) fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 24 * 60 * 60)
}

/// Where spans go, when they go anywhere.
pub(crate) fn spans(settings: &Settings) -> Option<SpanSettings> {
    let otel = &settings.otel;
    (!otel.endpoint.is_empty()).then(|| SpanSettings {
        endpoint: otel.endpoint.clone(),
        service: otel.service_name.clone(),
        sample_percent: otel.sample_percent,
    })
}

/// What `/metrics` tells.
pub(crate) fn counted_text(metrics: Metrics) -> CountedText {
    CountedText::new(move || metrics.render())
}
