//! The command line: what can be asked, and how.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{
    identity::{Permission, Role},
    shared::id::RawId,
};

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
    /// Make an account; asks for what is missing.
    CreateUser(CreateUserArgs),
    /// Show accounts, the newest first.
    ListUsers(ListUsersArgs),
    /// Sessions of people.
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Keys with which programs act for people.
    #[command(subcommand)]
    ApiKeys(ApiKeysCommand),
    /// Remove sessions that ended or expired long ago; the worker does it by itself.
    CleanupTokens(CleanupArgs),
    /// What is done by the clock.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Events on their way to the bus.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Events nobody could handle.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Check that everything that must be true of the data is true.
    Doctor(DoctorArgs),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Every address of the API, and who may use it.
    Routes(OutputArgs),
    /// Print what a shell needs to complete these commands.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the running API, or the worker, whether it is alive; for containers.
    Healthcheck(HealthcheckArgs),
}

impl Command {
    /// Whether it goes on until it is told to end, so that it is watched.
    pub(crate) const fn stays(&self) -> bool {
        matches!(self, Self::Dev(_) | Self::Serve | Self::Api | Self::Worker)
    }

    /// Whether it makes the store, and so its secrets, when there is none.
    pub(crate) const fn opens_store(&self) -> bool {
        match self {
            Self::Dev(_)
            | Self::Serve
            | Self::Api
            | Self::Worker
            | Self::Seed(_)
            | Self::CreateUser(_)
            | Self::Sessions(_)
            | Self::ApiKeys(_)
            | Self::CleanupTokens(_)
            | Self::Jobs(JobsCommand::Run { .. })
            | Self::Outbox(OutboxCommand::Relay(_))
            | Self::DeadLetters(
                DeadLettersCommand::Replay { .. } | DeadLettersCommand::Drop { .. },
            ) => true,
            Self::Migrate(_)
            | Self::InitDb
            | Self::ListUsers(_)
            | Self::Jobs(JobsCommand::List(_))
            | Self::Outbox(OutboxCommand::Status(_))
            | Self::DeadLetters(
                DeadLettersCommand::List { .. } | DeadLettersCommand::Show { .. },
            )
            | Self::Doctor(_)
            | Self::Audit(_)
            | Self::Openapi
            | Self::Routes(_)
            | Self::Completions { .. }
            | Self::Config(_)
            | Self::Healthcheck(_) => false,
        }
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// The worker on its own, at `WORKER__PORT`.
    #[arg(long)]
    pub(crate) worker: bool,
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

/// Who gets an account. The password is asked for, or read; it has no place in an argument.
#[derive(Debug, Args)]
pub(crate) struct CreateUserArgs {
    /// E-mail address.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Second name to log in with.
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// Given name.
    #[arg(long)]
    pub(crate) first_name: Option<String>,
    /// Family name.
    #[arg(long)]
    pub(crate) last_name: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Somebody who runs the shop: the same as `--role super_admin`.
    #[arg(long, conflicts_with = "role")]
    pub(crate) admin: bool,
    /// What the person is to the shop.
    #[arg(long, default_value = "user", value_parser = role)]
    pub(crate) role: Role,
    /// What somebody on the staff may do, separated by commas; by default what new staff may.
    #[arg(long, value_delimiter = ',', value_parser = permission)]
    pub(crate) permissions: Option<Vec<Permission>>,
    /// How it is told.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Which accounts are shown.
#[derive(Debug, Args)]
pub(crate) struct ListUsersArgs {
    /// Only people who are this to the shop.
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// Only people with this in the address, the user name, or the names.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) limit: usize,
    /// How it is told.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What the doctor does.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Compute derived counters anew where they are wrong, and say which.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Room that has to be left where the data is, MiB.
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    pub(crate) min_free: u64,
    /// How the report is printed.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How data is printed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArgs {
    /// As JSON, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be done to sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// The devices somebody is signed in on.
    List {
        /// E-mail address, user name or id.
        #[arg(long)]
        user: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// End sessions of somebody: their tokens are dead within a second.
    Revoke {
        /// E-mail address, user name or id.
        #[arg(long)]
        user: String,
        /// This session alone.
        #[arg(long, value_name = "ID")]
        session: Option<RawId>,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Say when each is due, and how it went last.
    List(OutputArgs),
    /// Run one now, whether or not it is due.
    Run {
        /// Which.
        name: String,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What can be done with the outbox.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Say what waits, and since when.
    Status(OutputArgs),
    /// Publish what waits now; the worker does it by itself.
    Relay(OutputArgs),
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// Show them, the newest first.
    List {
        /// At most this many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show one with its event, as JSON.
    Show {
        /// Which.
        id: RawId,
    },
    /// Have the event handled once more.
    Replay {
        /// Which.
        id: RawId,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Throw the event away.
    Drop {
        /// Which.
        id: RawId,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What can be done to keys for programs.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeysCommand {
    /// The live keys of somebody, the newest first.
    List {
        /// E-mail address, user name or id.
        #[arg(long)]
        user: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Make a key that acts for somebody; its secret is printed once.
    Create {
        /// E-mail address, user name or id.
        #[arg(long)]
        user: String,
        /// What it is called.
        #[arg(long, value_parser = key_name)]
        name: String,
        /// What it may do besides what every customer may, separated by commas; no more than its
        /// owner.
        #[arg(long, value_delimiter = ',', value_parser = permission)]
        scopes: Vec<Permission>,
        /// Days it works; for ever when not given.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        expires_in_days: Option<u32>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// End a key: the next request with it is refused.
    Revoke {
        /// E-mail address, user name or id of its owner.
        #[arg(long)]
        user: String,
        /// The key.
        #[arg(long, value_name = "ID")]
        key: RawId,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What is removed.
#[derive(Debug, Args)]
pub(crate) struct CleanupArgs {
    /// Over for more days than this; `AUTH__KEEP_ENDED_SESSIONS_DAYS` when not given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(crate) days: Option<u32>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
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
    /// Print each with the layer it comes from; of secrets only whether there is one.
    Show(OutputArgs),
    /// Print a commented `.env` with every setting and its default.
    Example,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("one of {} is wanted", names(Role::ALL)))
}

fn permission(text: &str) -> Result<Permission, String> {
    Permission::parse(text).ok_or_else(|| format!("one of {} is wanted", names(Permission::ALL)))
}

fn key_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let is_good = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_good { Ok(text.to_owned()) } else { Err("1 to 100 plain characters are wanted") }
}

fn names(all: &[impl ToString]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn key_value(text: &str) -> Result<(String, String), &'static str> {
    text.split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or("a setting is written KEY=VALUE")
}
