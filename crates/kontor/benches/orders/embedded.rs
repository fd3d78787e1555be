use std::{fs, path::Path, time::Duration};

use crate::{
    disk,
    load::{self, Outcome},
    report::{Report, Target, median},
    server::{self, Server},
};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 2;
const WINDOW: Duration = Duration::from_secs(10);

/// The least stocked product has 50 units: enough for every run on any machine.
const PRODUCTS: &str = "4000";

/// Durable orders on SQLite, with group commit and without.
pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let seeded = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    server::run(seeded.path(), &["seed", "--products", PRODUCTS], &[])?;
    report.note("disk: 8 KiB made durable", format!("{:.2} ms", disk::sync_millis(seeded.path())?));
    let (mut grouped, mut single) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        grouped.push(one_run(seeded.path(), "true")?);
        single.push(one_run(seeded.path(), "false")?);
    }
    for (name, runs) in [("group commit", &grouped), ("a commit each", &single)] {
        describe(report, &format!("SQLite, {CONNECTIONS} connections, {name}"), runs);
    }
    let gain = rate(&grouped) / rate(&single);
    report.figure("SQLite, gain of group commit", gain, "x", Target::AtLeast(3.0));
    Ok(())
}

/// On a copy of the seeded store, which is examined afterwards.
fn one_run(seeded: &Path, group_commit: &str) -> anyhow::Result<Outcome> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for entry in fs::read_dir(seeded)? {
        let entry = entry?;
        fs::copy(entry.path(), dir.path().join(entry.file_name()))?;
    }
    let server = Server::start(dir.path(), &[("DB__GROUP_COMMIT", group_commit)])?;
    let outcome = load::run(&server, CONNECTIONS, WINDOW)?;
    drop(server);
    server::run(dir.path(), &["doctor"], &[])?;
    eprintln!("SQLite, group commit {group_commit}: {outcome:?}");
    Ok(outcome)
}

pub(crate) fn rate(runs: &[Outcome]) -> f64 {
    median(runs.iter().map(|run| run.orders_per_second).collect())
}

pub(crate) fn describe(report: &mut Report, name: &str, runs: &[Outcome]) {
    let of = |figure: fn(&Outcome) -> f64| median(runs.iter().map(figure).collect());
    report.note(name, format!("{:.0} orders/s", rate(runs)));
    let cpu = of(|run| run.cpu_millis);
    let (half, slow) = (of(|run| run.median_millis), of(|run| run.slow_millis));
    report.note("", format!("{cpu:.2} ms CPU, p50 {half:.1} ms, p99 {slow:.1} ms"));
}
