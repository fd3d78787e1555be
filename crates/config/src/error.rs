use std::{fmt, io, path::PathBuf};

/// Where a setting came from; later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Built in.
    Defaults,
    /// `kontor.toml`.
    Toml,
    /// `.env`.
    DotEnv,
    /// The environment of the process.
    Environment,
    /// Flags.
    CommandLine,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Defaults => "defaults",
            Self::Toml => "kontor.toml",
            Self::DotEnv => ".env",
            Self::Environment => "environment",
            Self::CommandLine => "command line",
        })
    }
}

/// Why the settings are not good. Each message is one line and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such setting.
    #[error("unknown setting {key} ({layer}){hint}")]
    Unknown {
        /// As it was written.
        key: String,
        /// Where.
        layer: Layer,
        /// Empty, or what was probably meant.
        hint: Hint,
    },
    /// The setting does not take this value.
    #[error("{key} ({layer}) takes {takes}{found}")]
    Bad {
        /// As it was written.
        key: String,
        /// Where.
        layer: Layer,
        /// What would be good.
        takes: String,
        /// Empty for secrets, else what was found.
        found: Found,
    },
    /// Both the setting and the file it should be read from are given.
    #[error("{key} ({layer}) is given twice, once as a file; keep one")]
    Twice {
        /// As it was written.
        key: String,
        /// Where.
        layer: Layer,
    },
    /// A secret's file cannot be read.
    #[error("{key} ({layer}) names a file that cannot be read: {}", path.display())]
    SecretFile {
        /// As it was written.
        key: String,
        /// Where.
        layer: Layer,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of settings is not well-formed.
    #[error("{layer} is not well-formed: {place}")]
    Syntax {
        /// Which.
        layer: Layer,
        /// Line, and column where known.
        place: String,
    },
    /// A file of settings is there and cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A generated secret cannot be kept.
    #[error("the generated secret {} cannot be kept", path.display())]
    DevSecret {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The operating system gives no randomness.
    #[error("no randomness for a secret")]
    Randomness(#[source] getrandom::Error),
    /// Good for development, refused in production.
    #[error("{key}{layer}: {reason}")]
    Refused {
        /// The setting.
        key: &'static str,
        /// Where its value stands.
        layer: Place,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// The table of settings and their type disagree: a bug.
    #[error("the setting {path} has no place")]
    Misplaced {
        /// Which.
        path: String,
    },
}

impl ConfigError {
    /// A value that does not go with the others.
    pub(crate) const fn refused(key: &'static str, reason: &'static str) -> Self {
        Self::Refused { key, layer: Place(None), reason }
    }

    /// Says where the value that is refused stands.
    pub(crate) fn standing_in(mut self, layer_of: impl FnOnce(&str) -> Option<String>) -> Self {
        if let Self::Refused { key, layer, .. } = &mut self {
            *layer = Place(layer_of(&key.to_ascii_lowercase().replace("__", ".")));
        }
        self
    }
}

/// ` (layer)`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub(crate) Option<String>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(layer) => write!(f, " ({layer})"),
            None => Ok(()),
        }
    }
}

/// `; did you mean X?`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint(pub(crate) Option<String>);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "; did you mean {name}?"),
            None => Ok(()),
        }
    }
}

/// `, not "x"`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found(pub(crate) Option<String>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => write!(f, ", not {value:?}"),
            None => Ok(()),
        }
    }
}
