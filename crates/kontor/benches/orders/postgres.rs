//! Orders on PostgreSQL, beside pgbench running the same statements and nothing else.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::{
    embedded::{describe, rate},
    load::{self, Outcome},
    report::{Report, Target, median},
    server::{self, Server},
};

const CONNECTIONS: usize = 16;
const ROUNDS: u32 = 2;
const WINDOW: Duration = Duration::from_secs(10);
const PRODUCTS: &str = "4000";
const SHOP: &str = include_str!("shop.pgbench.sql");
const ORDER: &str = include_str!("order.pgbench.sql");
const SETTLED: &str = "UPDATE outbox SET published_at = occurred_at; VACUUM ANALYZE;";

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let maintenance = Base::of_tests();
    if let Err(missing) = maintenance.is_usable() {
        let why = format!("not measured: no PostgreSQL/pgbench ({missing:#})");
        report.note("PostgreSQL", why);
        return Ok(());
    }
    let (mut ours, mut with_worker, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let seeded = Scratch::make(&maintenance, "seeded", None)?;
    seeded.fill(dir.path())?;
    for round in 1..=ROUNDS {
        for (command, outcomes) in [("api", &mut ours), ("serve", &mut with_worker)] {
            let copy = Scratch::make(&maintenance, "run", Some(&seeded))?;
            outcomes.push(copy.orders(dir.path(), command)?);
        }
        let copy = Scratch::make(&maintenance, "run", Some(&seeded))?;
        bare.push(copy.pgbench(dir.path(), round)?);
    }
    let what = format!("PostgreSQL, {CONNECTIONS} connections, API");
    describe(report, &what, &ours);
    describe(report, "PostgreSQL, API and worker", &with_worker);
    let bare = median(bare);
    report.note("pgbench, the same statements", format!("{bare:.0} transactions/s"));
    report.figure("PostgreSQL, share of pgbench", rate(&ours) / bare, "x", Target::AtLeast(0.8));
    let share = rate(&with_worker) / bare;
    report.note("with what the worker makes of them", format!("{share:.2} x"));
    Ok(())
}

/// The server, by a database that is already there.
pub(crate) struct Base {
    url: String,
}

impl Base {
    #[expect(clippy::disallowed_methods, reason = "where tests find their services")]
    pub(crate) fn of_tests() -> Self {
        let named = std::env::var("TEST_DATABASE_URL").ok();
        Self { url: named.unwrap_or_else(|| "postgres://postgres@127.0.0.1:5432/postgres".into()) }
    }

    pub(crate) fn is_usable(&self) -> anyhow::Result<()> {
        self.sql("SELECT 1")?;
        run(Command::new("pgbench").arg("--version"), None).map(drop)
    }

    fn sql(&self, text: &str) -> anyhow::Result<()> {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &self.url]);
        run(psql.args(["--command", text]), None).map(drop)
    }
}

/// A database of this run, dropped with it.
pub(crate) struct Scratch<'a> {
    base: &'a Base,
    name: String,
    url: String,
}

impl<'a> Scratch<'a> {
    pub(crate) fn make(
        base: &'a Base,
        role: &str,
        template: Option<&Scratch<'_>>,
    ) -> anyhow::Result<Self> {
        let name = format!("kontor_bench_{}_{role}", std::process::id());
        let (server, _) = base.url.rsplit_once('/').context("a URL without a database")?;
        let url = format!("{server}/{name}");
        let copied = template.map_or("template1", |template| template.name.as_str());
        base.sql(&format!("CREATE DATABASE {name} TEMPLATE {copied}"))?;
        let scratch = Self { base, name, url };
        base.sql("CHECKPOINT")?;
        Ok(scratch)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Nothing to relay, and plans made for what is there.
    pub(crate) fn settle(&self) -> anyhow::Result<()> {
        self.script(SETTLED)
    }

    fn fill(&self, dir: &Path) -> anyhow::Result<()> {
        let settings = [("DB__URL", self.url.as_str())];
        server::run(dir, &["migrate", "up"], &settings)?;
        server::run(dir, &["seed", "--products", PRODUCTS], &settings)?;
        self.script(SHOP)?;
        // Plans made for empty tables read all of them, and are kept until the next ANALYZE.
        self.run_pgbench(dir, 0, 2)?;
        self.script(SETTLED)
    }

    fn script(&self, text: &str) -> anyhow::Result<()> {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]);
        psql.arg(format!("--set=products={PRODUCTS}"));
        psql.arg(format!("--set=clients={CONNECTIONS}")).args(["--dbname", &self.url]);
        run(&mut psql, Some(text)).map(drop)
    }

    fn orders(&self, dir: &Path, command: &str) -> anyhow::Result<Outcome> {
        let pool = CONNECTIONS.to_string();
        let settings = [("DB__URL", self.url.as_str()), ("DB__POOL_SIZE", pool.as_str())];
        let server = Server::start_as(command, dir, &settings)?;
        let outcome = load::run(&server, CONNECTIONS, WINDOW)?;
        eprintln!("PostgreSQL, {command}: {outcome:?}");
        Ok(outcome)
    }

    /// Transactions per second, after the same warm-up.
    fn pgbench(&self, dir: &Path, round: u32) -> anyhow::Result<f64> {
        self.run_pgbench(dir, 2 * round, 2)?;
        let told = self.run_pgbench(dir, 2 * round + 1, WINDOW.as_secs())?;
        let tps = told.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split(' ').next()).context("pgbench told no tps")?;
        eprintln!("pgbench: {tps} transactions/s");
        Ok(tps.parse()?)
    }

    /// `number` makes the ids of this run differ from those of others.
    fn run_pgbench(&self, dir: &Path, number: u32, seconds: u64) -> anyhow::Result<String> {
        let script = dir.join("order.sql");
        std::fs::write(&script, ORDER)?;
        let (clients, number) = (CONNECTIONS.to_string(), number.to_string());
        let mut command = Command::new("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--client", &clients]);
        command.arg(format!("--time={seconds}")).arg("--file").arg(&script);
        for (name, value) in [
            ("n", "0"),
            ("one", "1"),
            ("clients", &clients),
            ("products", PRODUCTS),
            ("run", &number),
        ] {
            command.arg(format!("--define={name}={value}"));
        }
        run(command.arg(&self.url), None)
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = self.base.sql(&drop) {
            eprintln!("{} is left behind: {error:#}", self.name);
        }
    }
}

/// Runs a tool of PostgreSQL and answers what it printed.
fn run(command: &mut Command, input: Option<&str>) -> anyhow::Result<String> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{tool} cannot be run"))?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        stdin.write_all(input.as_bytes())?;
    }
    let done = child.wait_with_output()?;
    let complaint = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{tool}: {}", complaint.trim());
    Ok(String::from_utf8(done.stdout)?)
}
