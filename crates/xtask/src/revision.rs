//! A new migration, ready to be filled in.

use std::{fs, process::Command};

use crate::workspace::root;

/// Makes `migration/src/mYYYYMMDD_NNNNNN_<name>.rs` and says what to do next.
#[expect(clippy::print_stderr, reason = "this is a command-line tool")]
pub(crate) fn start(name: &str) -> Result<(), String> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return Err("a migration is named verb_object, in lower case".to_owned());
    }
    let date = Command::new("date").args(["-u", "+%Y%m%d"]).output().map_err(|e| e.to_string())?;
    let date = String::from_utf8_lossy(&date.stdout).trim().to_owned();
    let dir = root().join("migration/src");
    let number = fs::read_dir(&dir)
        .map_err(|error| error.to_string())?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".rs"))
        .count();
    let module = format!("m{date}_{number:06}_{name}");
    let file = dir.join(format!("{module}.rs"));
    fs::write(&file, TEMPLATE).map_err(|error| error.to_string())?;
    eprintln!("made migration/src/{module}.rs: add `mod {module};` and its Migration to lib.rs");
    Ok(())
}

const TEMPLATE: &str = r#"use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("").await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("").await.map(drop)
    }
}
"#;
