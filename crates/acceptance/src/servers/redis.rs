use std::{process::Command, time::Duration};

use anyhow::Context;
use tokio::net::TcpStream;

use super::{Process, free_port};
use crate::app::eventually_in;

const PATIENCE: Duration = Duration::from_secs(30);

/// A Redis of one test. It stores nothing on disk.
pub struct PrivateRedis {
    port: u16,
    process: Option<Process>,
}

impl PrivateRedis {
    /// One that serves.
    pub async fn start() -> anyhow::Result<Self> {
        let mut redis = Self { port: free_port()?, process: None };
        redis.start_again().await?;
        Ok(redis)
    }

    /// Where it listens, also while it is dead.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("it is dead already")?.kill()
    }

    /// Starts it with nothing in it.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
        self.process = Some(Process::start(command.arg(self.port.to_string()))?);
        let serves = async || Ok(TcpStream::connect(("127.0.0.1", self.port)).await.is_ok());
        eventually_in(PATIENCE, serves).await
    }

    /// Holds it where it is: connections stay, and nobody answers.
    pub fn stall(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("it is dead")?.stall()
    }

    /// Lets it go on.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("it is dead")?.go_on()
    }
}
