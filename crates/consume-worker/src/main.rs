//! The worker on its own: what `kontor worker` is.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use config::{LoadOptions, Settings};
use worker::{Services, Worker, WorkerSettings};

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
    let worker = Worker::new(
        Services::resolve(&application.module),
        WorkerSettings {
            relay_batch: settings.worker.relay_batch,
            relay_poll: Duration::from_millis(settings.worker.poll_ms),
            concurrency: settings.worker.prefetch,
            ..WorkerSettings::default()
        },
    );
    worker.run(container::watch_stop()).await?;
    application.close().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("consume-worker: {error:#}");
    ExitCode::from(code)
}
