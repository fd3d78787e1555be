use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use domain::operations::{Doctor, Repair, RepairCounters, Report};
use serde_json::json;
use shaku::HasComponent;

use crate::{
    cli::DoctorArgs,
    commands::{Ending, look_at_store, must_be_made},
    print::line,
};

/// Checks a store, also one that is in use: nothing is written unless it is asked for.
pub(super) async fn run(args: DoctorArgs, mut settings: Settings) -> anyhow::Result<Ending> {
    let application = if args.repair {
        must_be_made(&settings)?;
        settings.ensure_dev_secrets()?;
        container::assemble(&settings).await?
    } else {
        look_at_store(settings).await?
    };
    let doctor: &dyn Doctor = application.module.resolve_ref();
    let clock: &dyn domain::shared::ports::Clock = application.module.resolve_ref();
    let repairs = if args.repair {
        let counters: &dyn RepairCounters = application.module.resolve_ref();
        counters.repair(clock.now()).await?
    } else {
        Vec::new()
    };
    let report = doctor.examine(clock.now()).await?;
    if args.output.json {
        line(as_json(&report, &repairs))?;
    } else {
        for repair in &repairs {
            let done = if repair.is_done { "repaired" } else { "not repaired" };
            line(format!("{} {done} {}", repair.check.as_str(), repair.detail))?;
        }
        line(as_table(&report))?;
    }
    Ok(if report.findings.is_empty() { Ending::Done } else { Ending::Findings })
}

fn as_json(report: &Report, repairs: &[Repair]) -> String {
    let checked: Vec<_> = report.checked.iter().map(|check| check.as_str()).collect();
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| json!({ "check": finding.check.as_str(), "detail": finding.detail }))
        .collect();
    let repairs: Vec<_> = repairs
        .iter()
        .map(|repair| {
            json!({
                "check": repair.check.as_str(),
                "detail": repair.detail,
                "is_done": repair.is_done,
            })
        })
        .collect();
    json!({
        "clean": findings.is_empty(),
        "checked": checked,
        "findings": findings,
        "repairs": repairs,
    })
    .to_string()
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
