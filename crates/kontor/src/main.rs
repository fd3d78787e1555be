//! `kontor`: the command line, and the store in one process.

mod cli;
mod commands;
mod parts;
mod print;
mod seed;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use config::{LoadOptions, Settings};
use telemetry::{Metrics, Sending};

use crate::{
    cli::{Cli, Command},
    commands::{Ending, Misuse},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes: 0 done, 1 failed, 2 wrong arguments or settings, 3 something was found.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let from = sources(&cli);
    // Spans are sent as long as the last is kept.
    let (settings, metrics, _sending) = match begin(&cli, from.clone()) {
        Ok(begun) => begun,
        Err(error) => return complain(&error, 2),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into(), 1),
    };
    match runtime.block_on(commands::run(cli.command, settings, from, metrics)) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Findings) => ExitCode::from(3),
        Err(error) if error.is::<Misuse>() => complain(&error, 2),
        Err(error) => complain(&error, 1),
    }
}

/// Where the settings come from.
fn sources(cli: &Cli) -> LoadOptions {
    let mut overrides = cli.overrides.clone();
    if matches!(cli.command, Command::Dev(_)) {
        // A store with generated passwords and a mock provider is for this machine alone.
        overrides.push(("APP__ENV".into(), "development".into()));
        overrides.push(("HTTP__HOST".into(), "127.0.0.1".into()));
    }
    let dir = cli.config_dir.clone();
    LoadOptions { dir, env: config::environment(), overrides }
}

/// Loads the settings, and starts counting, where there is somebody to tell, and logging.
fn begin(cli: &Cli, from: LoadOptions) -> anyhow::Result<(Settings, Option<Metrics>, Sending)> {
    let mut settings = Settings::load(from)?;
    let stays = cli.command.stays();
    let metrics = (stays && settings.metrics.enabled).then(Metrics::install).transpose()?;
    let format = telemetry::Format::parse(settings.log.format.as_str()).context("LOG__FORMAT")?;
    let spans = parts::spans(&settings).filter(|_| stays);
    let sending = telemetry::init(format, &settings.log.level, spans.as_ref())
        .context("logging cannot be started")?;
    if cli.command.opens_store() {
        settings.ensure_dev_secrets()?;
    }
    Ok((settings, metrics, sending))
}

/// One line that says what went wrong and why.
#[expect(clippy::print_stderr, reason = "the last word of a command")]
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("kontor: {}", on_one_line(error));
    ExitCode::from(code)
}

/// An error with its causes; a cause that its error has told already is not told again.
fn on_one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            line = text;
        } else if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
    }
    line
}
