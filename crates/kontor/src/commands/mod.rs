//! One file a command.

mod api_keys;
mod audit;
mod completions;
mod config;
mod create_user;
mod dead_letters;
mod dev;
mod doctor;
mod healthcheck;
mod jobs;
mod list_users;
mod migrate;
mod openapi;
mod outbox;
mod routes;
mod seed;
mod serve;
mod sessions;
mod surroundings;

use ::config::{LoadOptions, Settings};
use anyhow::ensure;
use container::Application;
use telemetry::Metrics;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::cli::Command;

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As wished.
    Done,
    /// It found what should not be.
    Findings,
}

/// What was asked makes no sense, or something is missing from it.
#[derive(Debug)]
pub(crate) struct Misuse(pub(crate) String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Does what was asked.
pub(crate) async fn run(
    command: Command,
    settings: Settings,
    from: LoadOptions,
    metrics: Option<Metrics>,
) -> anyhow::Result<Ending> {
    match command {
        Command::Dev(args) => dev::run(args, settings, metrics).await,
        Command::Serve => serve::run(settings, serve::Parts::Both, metrics).await,
        Command::Api => serve::run(settings, serve::Parts::Api, metrics).await,
        Command::Worker => serve::run(settings, serve::Parts::Worker, metrics).await,
        Command::Migrate(command) => migrate::run(&command, &settings).await,
        Command::InitDb => migrate::up(&settings).await,
        Command::Seed(args) => seed::run(&args, &settings).await,
        Command::CreateUser(args) => create_user::run(args, &settings).await,
        Command::ListUsers(args) => list_users::run(args, settings).await,
        Command::Sessions(command) => sessions::run(&command, &settings).await,
        Command::ApiKeys(command) => api_keys::run(&command, &settings).await,
        Command::CleanupTokens(args) => sessions::clean_up(&args, &settings).await,
        Command::Jobs(command) => Box::pin(jobs::run(&command, settings)).await,
        Command::Outbox(command) => outbox::run(&command, settings).await,
        Command::DeadLetters(command) => dead_letters::run(&command, settings).await,
        Command::Doctor(args) => doctor::run(args, settings).await,
        Command::Audit(command) => audit::run(&command, settings).await,
        Command::Openapi => openapi::run(),
        Command::Routes(args) => routes::run(args),
        Command::Completions { shell } => completions::run(shell),
        Command::Config(command) => config::run(&command, from),
        Command::Healthcheck(args) => healthcheck::run(args, &settings).await,
    }
}

/// A time as RFC 3339.
fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// A store that may be in use by another process: nothing is written.
///
/// # Errors
/// When there is none, or it cannot be read.
async fn look_at_store(mut settings: Settings) -> anyhow::Result<Application> {
    must_be_made(&settings)?;
    settings.ensure_dev_secrets()?;
    Ok(container::open_read_only(&settings).await?)
}

/// Refuses to go on where there is no store.
fn must_be_made(settings: &Settings) -> anyhow::Result<()> {
    ensure!(
        !container::is_unmade(settings),
        "there is no store at {}: `kontor migrate up` makes one",
        settings.data_file("kontor.db").display()
    );
    Ok(())
}
