//! One file a command.

mod audit;
mod config;
mod dev;
mod doctor;
mod healthcheck;
mod migrate;
mod openapi;
mod seed;
mod serve;

use ::config::Settings;

use crate::cli::Command;

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As wished.
    Done,
    /// It found what should not be.
    Findings,
}

/// Does what was asked.
pub(crate) async fn run(command: Command, settings: Settings) -> anyhow::Result<Ending> {
    match command {
        Command::Dev(args) => dev::run(args, settings).await,
        Command::Serve => serve::run(settings, serve::Parts::Both).await,
        Command::Api => serve::run(settings, serve::Parts::Api).await,
        Command::Worker => serve::run(settings, serve::Parts::Worker).await,
        Command::Migrate(command) => migrate::run(&command, &settings).await,
        Command::InitDb => migrate::up(&settings).await,
        Command::Seed(args) => seed::run(&args, &settings).await,
        Command::Doctor(args) => doctor::run(args, settings).await,
        Command::Audit(command) => audit::run(&command, settings).await,
        Command::Openapi => openapi::run(),
        Command::Config(command) => config::run(&command),
        Command::Healthcheck => healthcheck::run(&settings).await,
    }
}
