//! The HTTP API on its own: what `kontor api` is.

use std::{net::TcpListener, num::NonZeroUsize, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use config::{LoadOptions, Settings};
use telemetry::{Metrics, Sending, SpanSettings};
use web::{Rate, RateLimits};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes: 0 done, 1 failed, 2 wrong settings.
fn main() -> ExitCode {
    match begin() {
        // Spans are sent as long as the last is kept.
        Ok((settings, metrics, _sending)) => match start(&settings, metrics) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error, 1),
        },
        Err(error) => complain(&error, 2),
    }
}

fn begin() -> anyhow::Result<(Settings, Option<Metrics>, Sending)> {
    let mut settings = Settings::load(LoadOptions::here())?;
    settings.ensure_dev_secrets()?;
    let metrics = settings.metrics.enabled.then(Metrics::install).transpose()?;
    let format = telemetry::Format::parse(settings.log.format.as_str()).context("LOG__FORMAT")?;
    let sending = telemetry::init(format, &settings.log.level, spans(&settings).as_ref())
        .context("logging cannot be started")?;
    Ok((settings, metrics, sending))
}

fn spans(settings: &Settings) -> Option<SpanSettings> {
    let otel = &settings.otel;
    (!otel.endpoint.is_empty()).then(|| SpanSettings {
        endpoint: otel.endpoint.clone(),
        service: otel.service_name.clone(),
        sample_percent: otel.sample_percent,
    })
}

#[tokio::main]
async fn start(settings: &Settings, metrics: Option<Metrics>) -> anyhow::Result<()> {
    let (host, port) = (settings.metrics.host.as_str(), settings.metrics.port);
    let watched =
        watch::Port::take(host, port).with_context(|| format!("cannot listen on {host}:{port}"))?;
    let application = container::assemble(settings).await?;
    let (host, port) = (settings.http.host.as_str(), settings.http.port);
    let listener = TcpListener::bind((host, port))
        .with_context(|| format!("cannot listen on {host}:{port}"))?;
    let services = web::Services::resolve(&application.module, application.health.clone());
    let stop = container::watch_stop();
    if let Some(metrics) = &metrics {
        let database = application.database.clone();
        metrics.sample(move || database.sample());
    }
    let watching = watched.answer(watch::Process {
        checks: application.health.clone(),
        needs: &[],
        counted: metrics
            .clone()
            .map(|metrics| -> watch::Counted { Arc::new(move || metrics.render()) }),
        stopping: stop.clone(),
    });
    let mut http = http(settings)?;
    http.metrics = metrics
        .filter(|_| settings.metrics.port == 0)
        .map(|metrics| web::CountedText::new(move || metrics.render()));
    web::serve(services, http, listener, stop.cancelled_owned()).await?;
    watching.end().await;
    application.close().await;
    Ok(())
}

fn http(settings: &Settings) -> anyhow::Result<web::HttpSettings> {
    Ok(web::HttpSettings {
        public_url: settings.public_url(),
        environment: if settings.is_production() {
            web::Environment::Production
        } else {
            web::Environment::Development
        },
        registration: match settings.auth.registration {
            config::Registration::Classic => web::Registration::Classic,
            config::Registration::Quiet => web::Registration::Quiet,
            config::Registration::Staff => web::Registration::Staff,
        },
        mock_pages: settings.is_mock_allowed(),
        public_routes: web::public_routes(&settings.auth.public_routes)
            .context("AUTH__PUBLIC_ROUTES")?,
        step_up_max_age: Duration::from_secs(u64::from(settings.auth.step_up_minutes) * 60),
        rate_limit_enabled: settings.rate_limit.enabled,
        rate_limits: rate_limits(&settings.rate_limit),
        require_idempotency_key: settings.orders.require_idempotency_key,
        trusted_proxies: web::trusted_proxies(&settings.http.trusted_proxies)
            .context("HTTP__TRUSTED_PROXIES")?,
        max_in_flight: settings.http.max_in_flight,
        max_connections_per_address: settings.http.connections_per_address,
        max_streams: settings.http.max_streams,
        cors_origins: settings.cors.origins.clone(),
        workers: NonZeroUsize::new(settings.http.workers).map(NonZeroUsize::get),
        ..web::HttpSettings::default()
    })
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("http-api: {error:#}");
    ExitCode::from(code)
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
