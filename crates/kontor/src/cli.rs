//! The command line: what can be asked, and how.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// An online-store backend that loses nothing.
#[derive(Debug, Parser)]
#[command(name = "kontor", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// Folder with `kontor.toml` and `.env`.
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    pub(crate) config_dir: PathBuf,
    /// A setting, over every file and variable: `--set HTTP__PORT=9000`.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) overrides: Vec<(String, String)>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A working store with demo data, in one step, for development.
    Dev(DevArgs),
    /// API and worker in one process.
    Serve,
    /// The API alone.
    Api,
    /// The worker alone.
    Worker,
    /// Change the schema.
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Make the database ready: the same as `migrate up`.
    InitDb,
    /// Fill an empty catalogue with demo products.
    Seed(SeedArgs),
    /// Check that everything that must be true of the data is true.
    Doctor(OutputArgs),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the running API whether it is alive; for containers.
    Healthcheck,
}

impl Command {
    /// Whether it makes the store, and so its secrets, when there is none.
    pub(crate) const fn opens_store(&self) -> bool {
        match self {
            Self::Dev(_) | Self::Serve | Self::Api | Self::Worker | Self::Seed(_) => true,
            Self::Migrate(_)
            | Self::InitDb
            | Self::Doctor(_)
            | Self::Audit(_)
            | Self::Openapi
            | Self::Config(_)
            | Self::Healthcheck => false,
        }
    }
}

/// How `dev` begins.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Demo products made when the catalogue is empty.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) products: usize,
}

/// How much is seeded.
#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// Demo products.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) products: usize,
}

/// How data is printed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArgs {
    /// As JSON, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be done to the schema.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Apply what is pending.
    Up,
    /// Undo the last ones.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Say what is applied and what is pending.
    Status(OutputArgs),
    /// Drop everything, data included, and apply all.
    Fresh {
        /// Really.
        #[arg(long)]
        yes: bool,
    },
}

/// What can be asked about the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no entry was changed or taken away, and name the first that was.
    Verify(OutputArgs),
}

/// What can be asked about settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Load and check them.
    Check,
    /// Print a commented `.env` with every setting and its default.
    Example,
}

fn key_value(text: &str) -> Result<(String, String), &'static str> {
    text.split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or("a setting is written KEY=VALUE")
}
