//! The worker on its own: what `kontor worker` is.

use std::{process::ExitCode, time::Duration};

use config::{LoadOptions, Settings};
use worker::{Services, Worker, WorkerSettings};

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
    let worker = Worker::new(
        Services::resolve(&application.module),
        WorkerSettings {
            relay_batch: settings.worker.relay_batch,
            relay_poll: Duration::from_millis(settings.worker.poll_ms),
            concurrency: settings.worker.prefetch,
            ..WorkerSettings::default()
        },
    );
    worker.run(container::watch_stop()).await;
    application.close().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("consume-worker: {error:#}");
    ExitCode::FAILURE
}
