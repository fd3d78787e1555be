use std::{
    fs,
    path::Path,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Process, free_port};
use crate::app::eventually_in;

/// Where Debian and the official image have the scripts that run a node as whoever calls them.
const SCRIPTS: [&str; 2] = ["/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin"];

/// How long a node may take to start, or a command to it, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// How a client begins; a node that serves answers.
const GREETING: &[u8; 8] = b"AMQP\x00\x00\x09\x01";

/// A RabbitMQ node of one test. What it stores survives being killed, and goes with the value.
pub struct PrivateBroker {
    dir: TempDir,
    scripts: &'static str,
    node: String,
    ports: (u16, u16),
    process: Option<Process>,
}

impl PrivateBroker {
    /// A node that serves.
    pub async fn start() -> anyhow::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let there = |dir: &&&str| Path::new(dir).join("rabbitmq-server").exists();
        let scripts = SCRIPTS.iter().find(there).context("there is no RabbitMQ to start")?;
        let mut broker = Self {
            dir: tempfile::tempdir()?,
            scripts,
            node: format!("kontor-{}-{number}@localhost", process::id()),
            ports: (free_port()?, free_port()?),
            process: None,
        };
        broker.start_again().await?;
        Ok(broker)
    }

    /// Where it listens, also while it is dead.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports.0)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("it is dead already")?.kill()
    }

    /// Starts it over what it stored.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let pid_file = self.dir.path().join("pid");
        drop(fs::remove_file(&pid_file));
        let process = Process::start(&mut self.command("rabbitmq-server"))?;
        // The script waits for the node, whose id it tells before the node serves.
        let told = || fs::read_to_string(&pid_file).ok()?.trim().parse().ok();
        eventually_in(PATIENCE, async || Ok(told().is_some())).await?;
        self.process = Some(process.meaning(told().context("the node told no id")?));
        eventually_in(PATIENCE, async || Ok(self.is_serving().await)).await
    }

    /// Holds it where it is: connections stay, and nobody answers.
    pub fn stall(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("it is dead")?.stall()
    }

    /// Lets it go on.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("it is dead")?.go_on()
    }

    /// Takes memory away until it blocks whoever publishes.
    pub async fn block(&self) -> anyhow::Result<()> {
        self.control(&["set_vm_memory_high_watermark", "0.00001"]).await
    }

    /// Gives the memory back.
    pub async fn unblock(&self) -> anyhow::Result<()> {
        self.control(&["set_vm_memory_high_watermark", "0.4"]).await
    }

    async fn control(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = self.command("rabbitmqctl");
        let process = Process::start(command.arg("-n").arg(&self.node).args(arguments))?;
        ensure!(process.done(PATIENCE).await?, "rabbitmqctl {arguments:?} failed");
        Ok(())
    }

    async fn is_serving(&self) -> bool {
        let answered = async {
            let mut node = TcpStream::connect(("127.0.0.1", self.ports.0)).await?;
            node.write_all(GREETING).await?;
            node.read_u8().await
        };
        matches!(timeout(Duration::from_secs(1), answered).await, Ok(Ok(_)))
    }

    /// A script of RabbitMQ that sees no other node's files.
    fn command(&self, script: &str) -> Command {
        let dir = self.dir.path();
        let mut command = Command::new(Path::new(self.scripts).join(script));
        command
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", dir)
            .env("RABBITMQ_NODENAME", &self.node)
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.ports.0.to_string())
            .env("RABBITMQ_DIST_PORT", self.ports.1.to_string())
            .env("RABBITMQ_PID_FILE", dir.join("pid"));
        for (name, file) in [
            ("MNESIA_BASE", "mnesia"),
            ("LOG_BASE", "log"),
            ("ENABLED_PLUGINS_FILE", "plugins"),
            ("CONFIG_FILE", "none"),
            ("ADVANCED_CONFIG_FILE", "none"),
            ("CONF_ENV_FILE", "none"),
        ] {
            command.env(format!("RABBITMQ_{name}"), dir.join(file));
        }
        command
    }
}
