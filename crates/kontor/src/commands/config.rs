use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::{Explained, LoadOptions};
use serde_json::{Value, json};

use crate::{cli::ConfigCommand, commands::Ending, print::line};

/// The settings were loaded and checked before any command runs.
pub(super) fn run(command: &ConfigCommand, from: LoadOptions) -> anyhow::Result<Ending> {
    match command {
        ConfigCommand::Check => line("the settings are good")?,
        ConfigCommand::Show(output) => {
            let settings = config::explain(from)?;
            line(if output.json { as_json(&settings) } else { as_table(&settings) })?;
        }
        ConfigCommand::Example => line(config::example_env())?,
    }
    Ok(Ending::Done)
}

fn as_json(settings: &[Explained]) -> String {
    let one = |setting: &Explained| {
        json!({
            "key": setting.key,
            "variable": setting.variable,
            "value": setting.value,
            "layer": setting.layer,
            "secret": setting.is_secret,
        })
    };
    Value::from(settings.iter().map(one).collect::<Vec<_>>()).to_string()
}

fn as_table(settings: &[Explained]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["variable", "value", "from"]);
    for setting in settings {
        table.add_row([&setting.variable, &setting.value, &setting.layer]);
    }
    table.to_string()
}
