use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

/// A process that signals are sent to, and that ends with this value.
pub struct Process {
    child: Child,
    /// Who is meant by signals, when it is not the process that was started.
    pid: Option<u32>,
}

impl Process {
    /// Starts `command` with nothing to read and nobody to tell.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().with_context(|| format!("{program} cannot be started"))?;
        Ok(Self { child, pid: None })
    }

    /// Signals go to the process `pid`, which the started one waits for.
    pub(crate) const fn meaning(mut self, pid: u32) -> Self {
        self.pid = Some(pid);
        self
    }

    /// Waits for its end; answers whether it ended well.
    pub(crate) async fn done(mut self, limit: Duration) -> anyhow::Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            ensure!(Instant::now() < deadline, "{} did not end in {limit:?}", self.child.id());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Holds it where it is.
    pub fn stall(&self) -> anyhow::Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.signal("CONT")
    }

    /// Ends it as a power cut would, and waits.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.end()
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_none() {
            if self.pid.is_some() {
                self.signal("KILL")?;
            } else {
                self.child.kill()?;
            }
            self.child.wait()?;
        }
        Ok(())
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.pid.unwrap_or_else(|| self.child.id());
        let sent = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {pid}")]).status()?;
        ensure!(sent.success(), "SIG{name} could not be sent to {pid}");
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Also when a test fails, nothing stays behind.
        if self.end().is_err() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}
