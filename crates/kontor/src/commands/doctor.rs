use anyhow::ensure;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use domain::operations::{Doctor, Report};
use serde_json::json;
use shaku::HasComponent;

use crate::{cli::OutputArgs, commands::Ending, print::line};

/// Checks a store, also one that is in use: nothing is written.
pub(super) async fn run(args: OutputArgs, mut settings: Settings) -> anyhow::Result<Ending> {
    ensure!(
        !container::is_unmade(&settings),
        "there is no store at {}: `kontor migrate up` makes one",
        settings.data_file("kontor.db").display()
    );
    settings.ensure_dev_secrets()?;
    let application = container::open_read_only(&settings).await?;
    let doctor: &dyn Doctor = application.module.resolve_ref();
    let clock: &dyn domain::shared::ports::Clock = application.module.resolve_ref();
    let report = doctor.examine(clock.now()).await?;
    line(if args.json { as_json(&report) } else { as_table(&report) })?;
    Ok(if report.findings.is_empty() { Ending::Done } else { Ending::Findings })
}

fn as_json(report: &Report) -> String {
    let checked: Vec<_> = report.checked.iter().map(|check| check.as_str()).collect();
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| json!({ "check": finding.check.as_str(), "detail": finding.detail }))
        .collect();
    json!({ "clean": findings.is_empty(), "checked": checked, "findings": findings }).to_string()
}

fn as_table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["check", "what must be true", "found"]);
    for check in &report.checked {
        let details: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.check == *check)
            .map(|finding| finding.detail.as_str())
            .collect();
        let found = if details.is_empty() { "ok".to_owned() } else { details.join("\n") };
        table.add_row([check.as_str(), check.sentence(), &found]);
    }
    table.to_string()
}
