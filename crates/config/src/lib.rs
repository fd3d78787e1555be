//! Settings: defaults, `kontor.toml`, `.env`, the environment, then flags; later ones win. Whatever
//! is not understood stops the start with one line, and no line ever shows a secret.

mod derived;
mod dev_secrets;
mod document;
mod dotenv;
mod error;
mod explain;
mod layers;
mod load;
mod production;
mod secret;
mod settings;
mod table;
mod takes;

pub use document::{example_env, settings_table};
pub use error::{ConfigError, Layer};
pub use explain::{Explained, explain};
pub use load::{LoadOptions, environment};
pub use secret::Secret;
pub use settings::{
    App, Auth, Cors, Db, Demo, Env, Http, Log, LogFormat, Mail, MailTransportKind, Metrics, Mock,
    Orders, Otel, Password, Payments, Rabbitmq, RateLimit, Redis, Registration, Settings, SmtpTls,
    TokenAlgorithm, Worker,
};
