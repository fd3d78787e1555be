use crate::{cli::ConfigCommand, commands::Ending, print::line};

/// The settings were loaded and checked before any command runs.
pub(super) fn run(command: &ConfigCommand) -> anyhow::Result<Ending> {
    match command {
        ConfigCommand::Check => line("the settings are good")?,
        ConfigCommand::Example => line(config::example_env())?,
    }
    Ok(Ending::Done)
}
