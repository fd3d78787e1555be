use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::{ConfigError, Secret, Settings};

impl Settings {
    /// In development, fills secrets that were not set from files in the data directory, which it
    /// makes (0600) when they are not there. In production it does nothing.
    ///
    /// # Errors
    /// [`ConfigError::DevSecret`] or [`ConfigError::Randomness`].
    pub fn ensure_dev_secrets(&mut self) -> Result<(), ConfigError> {
        if self.is_production() {
            return Ok(());
        }
        let (root, webhook) = (self.data_file("root-secret"), self.data_file("webhook-secret"));
        fill(&mut self.auth.secret, root)?;
        fill(&mut self.payments.mock.webhook_secret, webhook)
    }
}

fn fill(secret: &mut Secret, path: PathBuf) -> Result<(), ConfigError> {
    if !secret.is_empty() {
        return Ok(());
    }
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(ConfigError::Randomness)?;
    let fresh: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    match read_or_make(&path, &fresh) {
        Ok(kept) => {
            *secret = Secret::new(kept);
            Ok(())
        }
        Err(source) => Err(ConfigError::DevSecret { path, source }),
    }
}

/// Several processes may start at once in one directory: a hard link makes exactly one of them
/// the maker, and nobody reads half a secret.
fn read_or_make(path: &Path, fresh: &str) -> io::Result<String> {
    if let Some(kept) = read(path)? {
        return Ok(kept);
    }
    if let Some(dir) = path.parent() {
        make_private_dir(dir)?;
    }
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = private().open(&unfinished)?;
    file.write_all(fresh.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read(path)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "shorter than 32 bytes")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
