use figment::value::Value;

use crate::{ConfigError, LoadOptions, load::layers, table::SETTINGS};

/// What is shown instead of a secret.
const MASK: &str = "********";

/// A setting as it stands, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Dotted key.
    pub key: &'static str,
    /// Name of its variable.
    pub variable: String,
    /// Its value; of a secret only whether there is one.
    pub value: String,
    /// The layer it comes from.
    pub layer: String,
    /// Whether it is a secret.
    pub is_secret: bool,
}

/// Every setting as the layers say it, before anything is made up for development.
///
/// # Errors
/// [`ConfigError`] when a layer is not good.
pub fn explain(options: LoadOptions) -> Result<Vec<Explained>, ConfigError> {
    let layers = layers(options)?;
    let explained = SETTINGS.iter().map(|setting| {
        let misplaced = |_| ConfigError::Misplaced { path: setting.key.to_owned() };
        let value = text(&layers.find_value(setting.key).map_err(misplaced)?);
        let layer = layers.find_metadata(setting.key).map(|layer| layer.name.to_string());
        let is_secret = setting.takes.is_secret();
        Ok(Explained {
            key: setting.key,
            variable: setting.env_name(),
            value: if is_secret && !value.is_empty() { MASK.to_owned() } else { value },
            layer: layer.unwrap_or_default(),
            is_secret,
        })
    });
    explained.collect()
}

/// As it would be written in a variable.
fn text(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, yes) => yes.to_string(),
        Value::Num(_, number) => match (number.to_u128(), number.to_i128()) {
            (Some(number), _) => number.to_string(),
            (None, Some(number)) => number.to_string(),
            (None, None) => String::new(),
        },
        Value::Array(_, items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Char(..) | Value::Dict(..) | Value::Empty(..) => String::new(),
    }
}
