use std::path::{Path, PathBuf};

use figment::{
    Metadata, Profile, Provider,
    providers::{Format as _, Toml},
    value::{Dict, Map, Value},
};

use crate::{
    ConfigError, Layer,
    error::{Found, Hint},
    table::{ALIASES, SETTINGS, Setting, by_key, is_ours},
    takes::{Takes, flag},
};

/// Variables other tools read from the same `.env`.
const FOREIGN: &[&str] = &["COMPOSE_", "DOCKER_", "RUST_", "CARGO_", "POSTGRES_"];

/// The settings of one layer, checked, as figment merges them.
pub(crate) struct Checked {
    layer: Layer,
    values: Dict,
}

impl Provider for Checked {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.layer.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// Collects one layer.
pub(crate) struct Reader<'a> {
    layer: Layer,
    /// What relative names of files are relative to.
    dir: &'a Path,
    given: Vec<Given>,
}

struct Given {
    setting: &'static Setting,
    rank: Rank,
    is_file: bool,
    value: Value,
}

/// Within one layer a setting's own name wins over its aliases, and both over an empty value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Nothing,
    Alias(std::cmp::Reverse<usize>),
    Own,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(layer: Layer, dir: &'a Path) -> Self {
        Self { layer, dir, given: Vec::new() }
    }

    /// Every setting with its default.
    pub(crate) fn defaults() -> Checked {
        let mut values = Dict::new();
        for setting in SETTINGS {
            insert(&mut values, setting.key, default_of(setting));
        }
        Checked { layer: Layer::Defaults, values }
    }

    /// Takes a variable of the environment or of `.env`.
    pub(crate) fn variable(&mut self, name: &str, raw: &str) -> Result<(), ConfigError> {
        let upper = name.to_ascii_uppercase();
        if let Some((setting, rank, is_file)) = find_variable(&upper) {
            if rank != Rank::Own && raw.starts_with("tcp://") {
                // Kubernetes puts REDIS_PORT=tcp://10.0.0.1:6379 beside a service named redis.
                return Ok(());
            }
            return self.take(setting, rank, name, raw, is_file);
        }
        if name == "DEBUG" {
            return self.debug(raw);
        }
        let foreign = FOREIGN.iter().any(|prefix| name.starts_with(prefix));
        let is_strict = self.layer == Layer::DotEnv && !foreign;
        if is_strict || is_ours(name) {
            let own = SETTINGS.iter().map(Setting::env_name);
            let usual = ALIASES.iter().map(|(alias, _)| (*alias).to_owned());
            return Err(self.unknown(name, &upper, own.chain(usual)));
        }
        Ok(())
    }

    /// Takes a flag: a dotted key or the name of a variable.
    pub(crate) fn flag(&mut self, key: &str, raw: &str) -> Result<(), ConfigError> {
        if let Some((setting, is_file)) = find_key(key) {
            return self.take(setting, Rank::Own, key, raw, is_file);
        }
        match find_variable(&key.to_ascii_uppercase()) {
            Some((setting, rank, is_file)) => self.take(setting, rank, key, raw, is_file),
            None => Err(self.unknown(key, key, SETTINGS.iter().map(|known| known.key.to_owned()))),
        }
    }

    /// Takes the text of `kontor.toml`.
    pub(crate) fn toml(&mut self, text: &str) -> Result<(), ConfigError> {
        let data = Toml::string(text).data().map_err(|error| ConfigError::Syntax {
            layer: self.layer,
            // The lines after the first show the text, which may be a secret.
            place: error.kind.to_string().lines().next().unwrap_or_default().to_owned(),
        })?;
        for (_, dict) in data {
            self.table("", dict)?;
        }
        Ok(())
    }

    fn table(&mut self, prefix: &str, dict: Dict) -> Result<(), ConfigError> {
        for (name, value) in dict {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            let is_section = SETTINGS.iter().any(|known| {
                known.key.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.'))
            });
            match (find_key(&key), value) {
                (None, Value::Dict(_, inner)) if is_section => self.table(&key, inner)?,
                (None, _) => {
                    let known = SETTINGS.iter().map(|known| known.key.to_owned());
                    return Err(self.unknown(&key, &key, known));
                }
                (Some((setting, is_file)), value) => {
                    let raw = plain(setting, is_file, &value)
                        .ok_or_else(|| self.bad(setting, &key, None))?;
                    self.take(setting, Rank::Own, &key, &raw, is_file)?;
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        setting: &'static Setting,
        rank: Rank,
        name: &str,
        raw: &str,
        is_file: bool,
    ) -> Result<(), ConfigError> {
        if raw.is_empty() {
            // `${X:-}` in a compose file means nothing was said, and takes back what was.
            if !is_file {
                let value = default_of(setting);
                self.given.push(Given { setting, rank: Rank::Nothing, is_file, value });
            }
            return Ok(());
        }
        let content;
        let raw = if is_file {
            content = self.secret_file(name, raw)?;
            content.trim_end_matches(['\r', '\n'])
        } else {
            raw
        };
        let value = setting.takes.read(raw).ok_or_else(|| self.bad(setting, name, Some(raw)))?;
        let is_twice = |given: &Given| {
            given.setting.key == setting.key && given.rank == rank && given.is_file != is_file
        };
        if self.given.iter().any(is_twice) {
            return Err(ConfigError::Twice { key: name.to_owned(), layer: self.layer });
        }
        self.given.push(Given { setting, rank, is_file, value });
        Ok(())
    }

    fn secret_file(&self, name: &str, path: &str) -> Result<String, ConfigError> {
        let path: PathBuf = self.dir.join(path);
        std::fs::read_to_string(&path).map_err(|source| ConfigError::SecretFile {
            key: name.to_owned(),
            layer: self.layer,
            path,
            source,
        })
    }

    /// Many tools use this name with values of their own: only a plain yes counts.
    fn debug(&mut self, raw: &str) -> Result<(), ConfigError> {
        match (flag(raw), by_key("log.level")) {
            (Some(true), Some(level)) => {
                let rank = Rank::Alias(std::cmp::Reverse(usize::MAX));
                self.take(level, rank, "DEBUG", "debug", false)
            }
            _ => Ok(()),
        }
    }

    fn bad(&self, setting: &Setting, name: &str, found: Option<&str>) -> ConfigError {
        let found = found.filter(|_| !setting.takes.is_secret()).map(str::to_owned);
        ConfigError::Bad {
            key: name.to_owned(),
            layer: self.layer,
            takes: setting.takes.to_string(),
            found: Found(found),
        }
    }

    fn unknown(
        &self,
        name: &str,
        compared: &str,
        known: impl Iterator<Item = String>,
    ) -> ConfigError {
        let likeness = |known: &str| strsim::normalized_damerau_levenshtein(compared, known);
        let nearest = known
            .map(|known| (likeness(&known), known))
            .filter(|(likeness, _)| *likeness >= 0.6)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, known)| known);
        // A quoted key of TOML may hold anything, and the message is one line.
        let key = name.escape_debug().to_string();
        ConfigError::Unknown { key, layer: self.layer, hint: Hint(nearest) }
    }

    /// The layer as figment merges it.
    pub(crate) fn finish(mut self) -> Checked {
        self.given.sort_by_key(|given| given.rank);
        let mut values = Dict::new();
        for Given { setting, value, .. } in self.given {
            insert(&mut values, setting.key, value);
        }
        Checked { layer: self.layer, values }
    }
}

fn default_of(setting: &Setting) -> Value {
    setting
        .takes
        .read(setting.default)
        .filter(|_| !setting.default.is_empty())
        .unwrap_or_else(|| setting.takes.nothing())
}

fn find_key(key: &str) -> Option<(&'static Setting, bool)> {
    if let Some(setting) = by_key(key) {
        return Some((setting, false));
    }
    let setting = by_key(key.strip_suffix("_file")?)?;
    setting.takes.is_secret().then_some((setting, true))
}

fn find_variable(name: &str) -> Option<(&'static Setting, Rank, bool)> {
    let named = |name: &str| {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.env_name() == name) {
            return Some((setting, Rank::Own));
        }
        let (at, (_, key)) = ALIASES.iter().enumerate().find(|(_, (alias, _))| *alias == name)?;
        Some((by_key(key)?, Rank::Alias(std::cmp::Reverse(at))))
    };
    if let Some((setting, rank)) = named(name) {
        return Some((setting, rank, false));
    }
    let (setting, rank) = named(name.strip_suffix("_FILE")?)?;
    setting.takes.is_secret().then_some((setting, rank, true))
}

/// A value of TOML as it would be written in a variable; `None` when the kinds do not fit.
fn plain(setting: &Setting, is_file: bool, value: &Value) -> Option<String> {
    match (value, setting.takes) {
        (Value::String(_, text), _) => Some(text.clone()),
        (Value::Bool(_, yes), Takes::Flag) => Some(yes.to_string()),
        (Value::Num(..), Takes::Number(..)) if !is_file => {
            value.to_i128().map(|number| number.to_string())
        }
        (Value::Array(_, items), Takes::Networks) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn insert(dict: &mut Dict, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            dict.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let entry = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}
