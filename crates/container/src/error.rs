use std::{io, path::PathBuf};

use infra_sea_orm::ConnectError;

/// Why the application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// The database cannot be opened.
    #[error("the database {place}")]
    Database {
        /// Where it is, without who signs in.
        place: String,
        /// Why not.
        #[source]
        source: ConnectError,
    },
    /// The data directory cannot be made.
    #[error("cannot make the data directory {}", path.display())]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The schema is not the one this program needs.
    #[error("{0} migrations are pending: run `kontor migrate up`")]
    PendingMigrations(usize),
    /// The schema could not be changed or read.
    #[error("the schema cannot be changed")]
    Schema(#[source] domain::shared::error::Cause),
    /// Nothing to derive keys from.
    #[error("AUTH__SECRET is not set")]
    NoSecret,
    /// A setting does not work for the part it is for.
    #[error("{part}: the settings do not work")]
    Settings {
        /// Which part refused.
        part: &'static str,
        /// Why.
        #[source]
        source: domain::shared::error::Cause,
    },
}

impl AssembleError {
    /// Says which part refused its settings.
    pub(crate) fn settings<E>(part: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Settings { part, source: Box::new(source) }
    }
}
