//! The HTTP API on its own: what `kontor api` is.

use std::{net::TcpListener, num::NonZeroUsize, process::ExitCode, time::Duration};

use anyhow::Context;
use config::{LoadOptions, Settings};
use web::{Rate, RateLimits};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes: 0 done, 1 failed, 2 wrong settings.
fn main() -> ExitCode {
    match load().map(|settings| start(&settings)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => complain(&error, 1),
        Err(error) => complain(&error, 2),
    }
}

fn load() -> anyhow::Result<Settings> {
    let mut settings = Settings::load(LoadOptions::here())?;
    settings.ensure_dev_secrets()?;
    let format = telemetry::Format::parse(settings.log.format.as_str()).context("LOG__FORMAT")?;
    telemetry::init(format, &settings.log.level).context("LOG__LEVEL")?;
    Ok(settings)
}

#[tokio::main]
async fn start(settings: &Settings) -> anyhow::Result<()> {
    let application = container::assemble(settings).await?;
    let (host, port) = (settings.http.host.as_str(), settings.http.port);
    let listener = TcpListener::bind((host, port))
        .with_context(|| format!("cannot listen on {host}:{port}"))?;
    let services = web::Services::resolve(&application.module, application.health.clone());
    let stop = container::watch_stop();
    web::serve(services, http(settings)?, listener, stop.cancelled_owned()).await?;
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
