//! A store on PostgreSQL and RabbitMQ, and its processes.

use std::{
    io::{Seek, Write},
    process::Command,
    time::{Duration, Instant},
};

use acceptance::{Client, Process, Stack, Surroundings, eventually};
use anyhow::{Context, ensure};
use serde_json::json;
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(300);
const WHO: &str = "boss@example.com";
const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Store {
    surroundings: Surroundings,
}

/// An API and a worker, and somebody who may push tasks.
pub(crate) struct Pushing {
    staff: Client,
    _processes: [Process; 2],
}

impl Store {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let surroundings = Surroundings::make(Stack::ScaledOut).await?;
        let store = Self { surroundings };
        store.run(&["migrate", "up"])?;
        store.run(&["create-user", "--admin", "--email", WHO, "--password-stdin"])?;
        Ok(store)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kontor"));
        let variables = self.surroundings.variables().iter();
        command
            .env_clear()
            .current_dir(self.surroundings.dir())
            .env("LOG__LEVEL", "error")
            .envs(variables.map(|(name, value)| (name, value)))
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut input = tempfile::tempfile()?;
        writeln!(input, "{PASSWORD}")?;
        input.rewind()?;
        let done = self.command(arguments).stdin(input).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "kontor {arguments:?}: {said}");
        Ok(())
    }

    /// Fills the outbox with `count` events, and lets a new worker take them to their handlers.
    /// Both times run from when the first is claimed: to when the last is published, and to when
    /// the last is handled.
    pub(crate) async fn drain(&self, count: usize) -> anyhow::Result<[Duration; 2]> {
        self.surroundings.tamper(&FILL.join(&count.to_string())).await?;
        let before = self.handled().await?;
        let worker = Process::start(&mut self.command(&["worker"]))?;
        let all = before + i64::try_from(count)?;
        self.wait_for(all).await?;
        worker.kill()?;
        let mut took = [Duration::ZERO; 2];
        for (took, end) in took.iter_mut().zip(["published_at", "inbox.created_at"]) {
            let [head, tail] = TOOK;
            let sql = format!("{head} {end} {tail} LIMIT {count}) AS last");
            *took = Duration::from_micros(u64::try_from(self.surroundings.count(&sql).await?)?);
        }
        Ok(took)
    }

    async fn handled(&self) -> anyhow::Result<i64> {
        self.surroundings.count("SELECT count(*) FROM inbox").await
    }

    async fn wait_for(&self, all: i64) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.handled().await? < all {
            ensure!(Instant::now() < deadline, "not handled in {PATIENCE:?}");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    pub(crate) async fn pushing(&self) -> anyhow::Result<Pushing> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let api = Process::start(self.command(&["api"]).env("HTTP__PORT", port.to_string()))?;
        let worker = Process::start(&mut self.command(&["worker"]))?;
        let anybody = Client::anonymous(&format!("http://127.0.0.1:{port}"));
        let ready = async || {
            let answer = anybody.get("/health/ready").await;
            Ok(answer.is_ok_and(|(status, _)| status == 200))
        };
        eventually(ready).await?;
        let body = json!({ "email": WHO, "password": PASSWORD });
        let (status, answer) = anybody.post("/api/v1/auth/login", &body).await?;
        let token = answer.pointer("/access_token").and_then(|token| token.as_str());
        let staff = anybody.with_token(token.with_context(|| format!("{status} {answer}"))?);
        let pushing = Pushing { staff, _processes: [api, worker] };
        // The first message pays for connections and queues.
        pushing.push(0).await?;
        self.wait_for(1).await?;
        self.surroundings.tamper("DELETE FROM tasks").await?;
        Ok(pushing)
    }

    /// From commit to handled, milliseconds, of each of `count` tasks.
    pub(crate) async fn delays(&self, count: usize) -> anyhow::Result<Vec<f64>> {
        let unhandled = "SELECT count(*) FROM tasks WHERE handled_at IS NULL";
        let deadline = Instant::now() + PATIENCE;
        while self.surroundings.count(unhandled).await? > 0 {
            ensure!(Instant::now() < deadline, "not handled in {PATIENCE:?}");
            sleep(Duration::from_millis(50)).await;
        }
        let rows = self.surroundings.ask(1, DELAYS).await?;
        ensure!(rows.len() == count, "{} of {count} tasks", rows.len());
        let delay = |row: &Vec<String>| Ok(row.first().context("no column")?.parse::<f64>()?);
        rows.iter().map(delay).collect()
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.surroundings.clear().await
    }
}

impl Pushing {
    pub(crate) fn push(&self, number: u32) -> impl Future<Output = anyhow::Result<()>> + use<> {
        let staff = self.staff.clone();
        async move {
            let body = json!({ "content": format!("message {number}") });
            let (status, answer) = staff.post("/api/v1/test/push_task", &body).await?;
            ensure!(status == 202, "{status} {answer}");
            Ok(())
        }
    }
}

/// Tasks that nobody told the bus of yet, as many as the number between the two parts.
const FILL: [&str; 2] = [
    "WITH made AS (
        INSERT INTO tasks (id, content, pushed_at)
        SELECT gen_random_uuid(), 'message', 1 FROM generate_series(1, ",
    ") RETURNING id)
    INSERT INTO outbox
        (id, type, aggregate_type, aggregate_id, aggregate_version, occurred_at, data)
    SELECT gen_random_uuid(), 'messaging.task_pushed.v1', 'task', id, 1, 1,
        json_build_object('task_id', id)::text
    FROM made",
];

/// Microseconds from the first claim, which is for 30 s, to an end of the newest events, which is
/// named between the two parts.
const TOOK: [&str; 2] = [
    "SELECT max(ended) - min(claimed) FROM (SELECT claimed_until - 30000000 AS claimed,",
    "AS ended FROM outbox JOIN inbox ON event_id = outbox.id ORDER BY seq DESC",
];

/// The task is stamped before it is committed, so that the delay is rather too long.
const DELAYS: &str =
    "SELECT CAST((handled_at - pushed_at) / 1000.0 AS text) FROM tasks WHERE handled_at > 0";
