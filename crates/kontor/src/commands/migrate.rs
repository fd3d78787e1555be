use anyhow::ensure;
use config::Settings;
use container::{SchemaChange, change_schema};
use serde_json::json;

use crate::{
    cli::{MigrateCommand, OutputArgs},
    commands::Ending,
    print::line,
};

pub(super) async fn run(command: &MigrateCommand, settings: &Settings) -> anyhow::Result<Ending> {
    match command {
        MigrateCommand::Up => up(settings).await,
        MigrateCommand::Down { steps } => {
            change_schema(settings, SchemaChange::Down { steps: *steps }).await?;
            line("undone")?;
            Ok(Ending::Done)
        }
        MigrateCommand::Status(args) => status(settings, *args).await,
        MigrateCommand::Fresh { yes } => {
            ensure!(*yes, "this drops all data: say so with --yes");
            change_schema(settings, SchemaChange::Fresh).await?;
            line("dropped and migrated")?;
            Ok(Ending::Done)
        }
    }
}

pub(super) async fn up(settings: &Settings) -> anyhow::Result<Ending> {
    change_schema(settings, SchemaChange::Up).await?;
    line("the schema is up to date")?;
    Ok(Ending::Done)
}

async fn status(settings: &Settings, args: OutputArgs) -> anyhow::Result<Ending> {
    let migrations = container::migrations(settings).await?;
    if args.json {
        let rows: Vec<_> = migrations
            .iter()
            .map(|(name, applied)| json!({ "name": name, "applied": applied }))
            .collect();
        line(json!(rows).to_string())?;
    } else {
        for (name, applied) in &migrations {
            line(format!("{} {name}", if *applied { "applied" } else { "pending" }))?;
        }
    }
    Ok(Ending::Done)
}
