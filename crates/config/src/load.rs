use std::{io, path::PathBuf};

use figment::Figment;

use crate::{ConfigError, Layer, Settings, dotenv, layers::Reader, production};

/// What settings are loaded from, besides the defaults.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// Where `kontor.toml` and `.env` are, and what relative paths are relative to.
    pub dir: PathBuf,
    /// Variables; [`environment`] gives those of the process.
    pub env: Vec<(String, String)>,
    /// Flags: dotted keys or names of variables, with values.
    pub overrides: Vec<(String, String)>,
}

impl LoadOptions {
    /// The working directory and the environment of the process, without flags.
    pub fn here() -> Self {
        Self { dir: PathBuf::from("."), env: environment(), overrides: Vec::new() }
    }
}

/// The environment of the process. Nothing else reads it.
pub fn environment() -> Vec<(String, String)> {
    // Bytes that are no text cannot be a value of ours; they are refused where a value is read.
    std::env::vars_os()
        .map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        })
        .collect()
}

impl Settings {
    /// Puts the layers together. In production weak secrets are refused.
    ///
    /// # Errors
    /// [`ConfigError`], one line that holds no secret.
    pub fn load(options: LoadOptions) -> Result<Self, ConfigError> {
        let dir = options.dir.clone();
        let layers = layers(options)?;
        let layer_of = |key: &str| layers.find_metadata(key).map(|layer| layer.name.to_string());
        let mut settings: Self = layers
            .extract()
            .map_err(|error| ConfigError::Misplaced { path: error.path.join(".") })?;
        settings.app.data_dir = dir.join(&settings.app.data_dir);
        // Before what was not set is made up.
        production::check(&settings).map_err(|refused| refused.standing_in(layer_of))?;
        settings.app.public_url = settings.public_url();
        settings.check_keys().map_err(|refused| refused.standing_in(layer_of))?;
        Ok(settings)
    }
}

/// Reads and checks every layer; later ones win.
pub(crate) fn layers(options: LoadOptions) -> Result<Figment, ConfigError> {
    let LoadOptions { dir, env, overrides } = options;
    let mut layers = Figment::new().merge(Reader::defaults());

    let mut reader = Reader::new(Layer::Toml, &dir);
    if let Some(text) = text_of(dir.join("kontor.toml"))? {
        reader.toml(&text)?;
    }
    layers = layers.merge(reader.finish());

    let mut reader = Reader::new(Layer::DotEnv, &dir);
    if let Some(text) = text_of(dir.join(".env"))? {
        for (name, value) in dotenv::parse(&text)? {
            reader.variable(&name, &value)?;
        }
    }
    layers = layers.merge(reader.finish());

    let mut reader = Reader::new(Layer::Environment, &dir);
    for (name, value) in env {
        reader.variable(&name, &value)?;
    }
    layers = layers.merge(reader.finish());

    let mut reader = Reader::new(Layer::CommandLine, &dir);
    for (key, value) in overrides {
        reader.flag(&key, &value)?;
    }
    Ok(layers.merge(reader.finish()))
}

fn text_of(path: PathBuf) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}
