use std::{fs, path::Path, time::Duration};

use tempfile::TempDir;

use crate::{
    bare, disk,
    load::{self, Outcome},
    report::{Report, Target, median},
    server::{self, Server},
};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 2;
const WINDOW: Duration = Duration::from_secs(10);

/// The least stocked product has 50 units: enough for every run on any machine.
const PRODUCTS: &str = "4000";

/// Durable orders on SQLite, with group commit and without, and beside the bare statements.
pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let seeded = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    server::run(seeded.path(), &["seed", "--products", PRODUCTS], &[])?;
    report.note("disk: 8 KiB made durable", format!("{:.2} ms", disk::sync_millis(seeded.path())?));
    let (mut grouped, mut single, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        grouped.push(one_run(seeded.path(), "true")?);
        single.push(one_run(seeded.path(), "false")?);
        let dir = copy(seeded.path())?;
        bare.push(bare::orders_per_second(dir.path(), CONNECTIONS, WINDOW)?);
        eprintln!("SQLite, bare: {:?} orders/s", bare.last());
    }
    for (name, runs) in [("group commit", &grouped), ("a commit each", &single)] {
        describe(report, &format!("SQLite, {CONNECTIONS} connections, {name}"), runs);
    }
    let gain = rate(&grouped) / rate(&single);
    report.figure("SQLite, gain of group commit", gain, "x", Target::AtLeast(3.0));
    let bare = median(bare);
    let what = format!("SQLite, a bare writer, {CONNECTIONS} orders a commit");
    report.note(&what, format!("{bare:.0} orders/s"));
    let share = rate(&grouped) / bare;
    report.figure("SQLite, share of the bare writer", share, "x", Target::AtLeast(0.5));
    Ok(())
}

/// On a copy of the seeded store, which is examined afterwards.
fn one_run(seeded: &Path, group_commit: &str) -> anyhow::Result<Outcome> {
    let dir = copy(seeded)?;
    let server = Server::start(dir.path(), &[("DB__GROUP_COMMIT", group_commit)])?;
    let outcome = load::run(&server, CONNECTIONS, WINDOW)?;
    drop(server);
    server::run(dir.path(), &["doctor"], &[])?;
    eprintln!("SQLite, group commit {group_commit}: {outcome:?}");
    Ok(outcome)
}

fn copy(seeded: &Path) -> anyhow::Result<TempDir> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for entry in fs::read_dir(seeded)? {
        let entry = entry?;
        fs::copy(entry.path(), dir.path().join(entry.file_name()))?;
    }
    Ok(dir)
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
