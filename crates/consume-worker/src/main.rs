//! The worker on its own: what `kontor worker` is.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use config::{LoadOptions, Settings};
use telemetry::{Metrics, Sending, SpanSettings};
use worker::{Services, Worker, WorkerSettings};

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
    let (host, port) = (settings.worker.host.as_str(), settings.worker.port);
    let watched =
        watch::Port::take(host, port).with_context(|| format!("cannot listen on {host}:{port}"))?;
    let application = container::assemble(settings).await?;
    let worker = Worker::new(
        Services::resolve(&application.module),
        WorkerSettings {
            relay_batch: settings.worker.relay_batch,
            relay_poll: Duration::from_millis(settings.worker.poll_ms),
            concurrency: settings.worker.prefetch,
            ..WorkerSettings::default()
        },
    );
    let stop = container::watch_stop();
    if let Some(metrics) = &metrics {
        let database = application.database.clone();
        metrics.sample(move || database.sample());
    }
    let watching = watched.answer(watch::Process {
        checks: application.health.clone(),
        needs: &["broker"],
        counted: metrics.map(|metrics| -> watch::Counted { Arc::new(move || metrics.render()) }),
        stopping: stop.clone(),
    });
    worker.run(stop).await?;
    watching.end().await;
    application.close().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("consume-worker: {error:#}");
    ExitCode::from(code)
}
