//! The HTTP API on its own: what `kontor api` is.

use std::{net::TcpListener, num::NonZeroUsize, process::ExitCode};

use anyhow::Context;
use config::{LoadOptions, Settings};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match load().and_then(|settings| start(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn load() -> anyhow::Result<Settings> {
    let mut settings = Settings::load(LoadOptions::here())?;
    settings.ensure_dev_secrets()?;
    let format = telemetry::Format::parse(settings.log.format.as_str())?;
    telemetry::init(format, &settings.log.level)?;
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
    web::serve(services, http(settings), listener, stop.cancelled_owned()).await?;
    application.close().await;
    Ok(())
}

fn http(settings: &Settings) -> web::HttpSettings {
    web::HttpSettings {
        public_url: settings.public_url(),
        environment: if settings.is_production() {
            web::Environment::Production
        } else {
            web::Environment::Development
        },
        mock_pages: settings.is_mock_allowed(),
        rate_limit_enabled: settings.rate_limit.enabled,
        workers: NonZeroUsize::new(settings.http.workers).map(NonZeroUsize::get),
        ..web::HttpSettings::default()
    }
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("http-api: {error:#}");
    ExitCode::FAILURE
}
