use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use container::Application;
use domain::{
    operations::{Check, Doctor, Repair, RepairCounters, Report},
    shared::ports::Clock,
};
use serde_json::json;
use shaku::HasComponent;

use crate::{
    cli::DoctorArgs,
    commands::{
        Ending, look_at_store, must_be_made,
        surroundings::{Looked, of_database, without_database},
    },
    print::line,
};

/// Checks a store and what it stands on, also one that is in use: nothing is written unless it is
/// asked for.
pub(super) async fn run(args: DoctorArgs, mut settings: Settings) -> anyhow::Result<Ending> {
    must_be_made(&settings)?;
    settings.ensure_dev_secrets()?;
    let mut surroundings = without_database(&settings, args.min_free).await?;
    let opened = if args.repair {
        container::assemble(&settings).await.map_err(anyhow::Error::from)
    } else {
        look_at_store(settings).await
    };
    let (looked, application) = of_database(opened).await?;
    surroundings.extend(looked);
    let (repairs, report) = match &application {
        Some(application) => examine(application, args.repair).await?,
        None => (Vec::new(), Report::default()),
    };
    if let Some(application) = application {
        application.close().await;
    }
    if args.output.json {
        line(as_json(&surroundings, &report, &repairs))?;
    } else {
        for repair in &repairs {
            let done = if repair.is_done { "repaired" } else { "not repaired" };
            line(format!("{} {done} {}", repair.check.as_str(), repair.detail))?;
        }
        line(as_table(&surroundings, &report))?;
    }
    Ok(if is_clean(&surroundings, &report) { Ending::Done } else { Ending::Findings })
}

async fn examine(application: &Application, repair: bool) -> anyhow::Result<(Vec<Repair>, Report)> {
    let clock: &dyn Clock = application.module.resolve_ref();
    let repairs = if repair {
        let counters: &dyn RepairCounters = application.module.resolve_ref();
        counters.repair(clock.now()).await?
    } else {
        Vec::new()
    };
    let doctor: &dyn Doctor = application.module.resolve_ref();
    Ok((repairs, doctor.examine(clock.now()).await?))
}

fn is_clean(surroundings: &[Looked], report: &Report) -> bool {
    report.findings.is_empty() && surroundings.iter().all(|looked| looked.ok)
}

/// What helps when something that must be true of the data is not.
const fn help(check: Check) -> &'static str {
    match check {
        Check::StockMatchesMovements | Check::CouponsMatchRedemptions => "`kontor doctor --repair`",
        Check::OutboxDrains => "start `kontor worker`; `kontor outbox status` tells what waits",
        _ => "docs/operations.md tells who has to look",
    }
}

fn as_json(surroundings: &[Looked], report: &Report, repairs: &[Repair]) -> String {
    let checked: Vec<_> = report.checked.iter().map(|check| check.as_str()).collect();
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "check": finding.check.as_str(),
                "detail": finding.detail,
                "fix": help(finding.check),
            })
        })
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
        "clean": is_clean(surroundings, report),
        "surroundings": surroundings,
        "checked": checked,
        "findings": findings,
        "repairs": repairs,
    })
    .to_string()
}

fn as_table(surroundings: &[Looked], report: &Report) -> String {
    let mut around = Table::new();
    around.load_preset(UTF8_BORDERS_ONLY).set_header(["looked at", "found", "what helps"]);
    for looked in surroundings {
        let found = if looked.ok { "ok" } else { "not ok" };
        let found = format!("{found}: {}", looked.detail);
        around.add_row([looked.name, &found, looked.fix.as_deref().unwrap_or_default()]);
    }
    let mut table = Table::new();
    let header = ["check", "what must be true", "found", "what helps"];
    table.load_preset(UTF8_BORDERS_ONLY).set_header(header);
    for check in &report.checked {
        let details: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.check == *check)
            .map(|finding| finding.detail.as_str())
            .collect();
        let (found, helps) = if details.is_empty() {
            ("ok".to_owned(), "")
        } else {
            (details.join("\n"), help(*check))
        };
        table.add_row([check.as_str(), check.sentence(), &found, helps]);
    }
    if report.checked.is_empty() { around.to_string() } else { format!("{around}\n{table}") }
}
