use crate::table::{ALIASES, SETTINGS, Setting};

/// Text of `.env.example`: every setting with its meaning and default, commented out.
pub fn example_env() -> String {
    let mut text = String::from(
        "# Every setting of Kontor with its default. Copy to .env and change what you need.\n\
         # A secret is read from a file when _FILE is put after its name.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (current, _) = setting.key.split_once('.').unwrap_or((setting.key, ""));
        if current != section {
            section = current;
            text.push('\n');
        }
        let line = format!("# {} Takes {}.\n", setting.about, setting.takes);
        text.push_str(&line);
        text.push_str(&format!("#{}={}\n", setting.env_name(), setting.default));
    }
    text
}

/// Markdown page with a table of every setting.
pub fn settings_table() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         Defaults, `kontor.toml`, `.env`, the environment, flags: later ones win. An empty value is the\n\
         default. A secret is read from a file when `_FILE` is put after its name.\n\n\
         | Variable | Key in `kontor.toml` | Default | Takes | Meaning | Also known as |\n\
         |---|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        text.push_str(&row(setting));
    }
    text
}

fn row(setting: &Setting) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let aliases: Vec<_> = ALIASES
        .iter()
        .filter(|(_, key)| *key == setting.key)
        .map(|(alias, _)| code(alias))
        .collect();
    let mut row = String::new();
    for cell in [
        code(&setting.env_name()),
        code(setting.key),
        code(setting.default),
        setting.takes.to_string(),
        setting.about.to_owned(),
        aliases.join(", "),
    ] {
        row.push_str("| ");
        row.push_str(&cell.replace('|', "\\|"));
        row.push(' ');
    }
    row.push_str("|\n");
    row
}
