#![expect(clippy::unwrap_used, reason = "fixtures may panic")]

use config::{ConfigError, LoadOptions, Settings};
use tempfile::TempDir;

/// A directory with settings, and what is given besides.
pub(crate) struct Given {
    pub(crate) dir: TempDir,
    options: LoadOptions,
}

pub(crate) fn given() -> Given {
    let dir = tempfile::tempdir().unwrap();
    let options = LoadOptions { dir: dir.path().to_owned(), ..LoadOptions::default() };
    Given { dir, options }
}

impl Given {
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.dir.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.options.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn flag(mut self, key: &str, value: &str) -> Self {
        self.options.overrides.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn load(&self) -> Result<Settings, ConfigError> {
        Settings::load(self.options.clone())
    }

    pub(crate) fn good(&self) -> Settings {
        self.load().unwrap()
    }

    pub(crate) fn refusal(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}
