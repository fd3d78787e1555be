//! A shop of 100,000 products: how fast it is filled, listed and searched, on both databases.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};

use crate::{
    load::{self, Reads},
    postgres::{Base, Scratch},
    report::{Report, Target},
    server::{self, Server},
};

const PRODUCTS: u32 = 100_000;
const CONNECTIONS: usize = 16;
const WINDOW: Duration = Duration::from_secs(5);
const CATEGORIES: [&str; 4] = ["tea", "audio", "lighting", "prints"];
const SEARCHES: [&str; 12] = [
    "green tea",
    "desk lamp",
    "наушники",
    "кружка ручной работы",
    "чайник в северном стиле",
    "wireless",
    "haedphones",
    "настольная лапма",
    "fount",
    "подуш",
    "rustic kettle no 12",
    "espresso cup",
];

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    on_one(report, "SQLite", dir.path(), &[], || Ok(()))?;
    let base = Base::of_tests();
    if let Err(missing) = base.is_usable() {
        report.note("PostgreSQL", format!("not measured: no PostgreSQL ({missing:#})"));
        return Ok(());
    }
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let scratch = Scratch::make(&base, "browse", None)?;
    let settings = [("DB__URL", scratch.url())];
    server::run(dir.path(), &["migrate", "up"], &settings)?;
    on_one(report, "PostgreSQL", dir.path(), &settings, || scratch.settle())
}

fn on_one(
    report: &mut Report,
    name: &str,
    dir: &Path,
    settings: &[(&str, &str)],
    settle: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let count = PRODUCTS.to_string();
    let seeded = server::run_watched(dir, &["seed", "--products", &count], settings)?;
    let rate = f64::from(PRODUCTS) / seeded.took.as_secs_f64();
    report.figure(&format!("{name}, seed"), rate, "products/s", Target::AtLeast(5_000.0));
    report.figure(&format!("{name}, seed, memory"), seeded.peak_mib, "MiB", Target::AtMost(150.0));
    settle()?;
    let server = Server::start(dir, settings)?;
    server.wait_until_idle()?;

    let lists = CATEGORIES.map(|slug| format!("/api/v1/products?category={slug}"));
    let kept = reads(&server, name, "list of a category from memory", &lists)?;
    describe(report, &format!("{name}, list of a category from memory"), kept);
    let listed = reads(&server, name, "list of a category", &lists.map(unkept))?;
    describe(report, &format!("{name}, list of a category from the database"), listed);
    let slow = listed.slow_millis;
    report.figure(&format!("{name}, list of a category, p95"), slow, "ms", Target::AtMost(5.0));
    for sort in ["newest", "price", "name"] {
        for within in ["", "category=tea&"] {
            let list = format!("/api/v1/products?{within}sort={sort}&limit=");
            let (second, last) = load::ends(&server, &list)?;
            let second = reads(&server, name, "second window", &[unkept(second)])?;
            let last = reads(&server, name, "last window", &[unkept(last)])?;
            let what = format!("{name}, {within}sort={sort}, last window to second");
            let ratio = last.median_millis / second.median_millis;
            report.figure(&what, ratio, "x", Target::AtMost(1.5));
        }
    }
    let searches = SEARCHES.map(|text| unkept(format!("/api/v1/products?q={}", escaped(text))));
    let searched = reads(&server, name, "search", &searches)?;
    describe(report, &format!("{name}, search, with its total"), searched);
    let slow = searched.slow_millis;
    report.figure(&format!("{name}, search, p95"), slow, "ms", Target::AtMost(20.0));
    Ok(())
}

fn reads(server: &Server, name: &str, what: &str, paths: &[String]) -> anyhow::Result<Reads> {
    let reads = load::reads(server, CONNECTIONS, WINDOW, paths).context(what.to_owned())?;
    eprintln!("{name}, {what}: {reads:?}");
    ensure!(reads.per_second > 0.0, "nothing was answered");
    Ok(reads)
}

fn describe(report: &mut Report, what: &str, reads: Reads) {
    let Reads { per_second, cpu_millis, median_millis, .. } = reads;
    report.note(what, format!("{per_second:.0} requests/s"));
    report.note("", format!("{cpu_millis:.2} ms CPU of ours, p50 {median_millis:.1} ms"));
}

/// The same address, but longer than those whose answers are kept: it is read from the database
/// each time.
fn unkept(path: String) -> String {
    format!("{path}&unkept={}", "x".repeat(200))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
