use std::{
    fs,
    io::{Seek, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use acceptance::Surroundings;
use serde_json::Value;
use tempfile::NamedTempFile;

/// Longer than anything takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// `kontor` in a folder, with nothing of this process's environment.
#[derive(Clone)]
pub(crate) struct Program {
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// A process that has not been seen to end.
pub(crate) struct Running {
    child: Child,
    out: NamedTempFile,
    err: NamedTempFile,
}

/// What a process left behind.
pub(crate) struct Ended {
    /// `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// With the settings of `surroundings`, on a port the system chooses.
    pub(crate) fn within(surroundings: &Surroundings) -> Self {
        let mut program = Self::bare(surroundings.dir());
        program.variables = surroundings.variables().to_vec();
        program.with("HTTP__PORT", "0")
    }

    /// With nothing but defaults.
    pub(crate) fn bare(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), variables: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_reading(arguments, Stdio::null())
    }

    /// Waits for the end of one that is told `input`.
    pub(crate) async fn told(&self, arguments: &[&str], input: &str) -> Ended {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input.as_bytes()).unwrap();
        file.rewind().unwrap();
        self.start_reading(arguments, file.into()).ended().await
    }

    fn start_reading(&self, arguments: &[&str], input: Stdio) -> Running {
        let (out, err) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_kontor"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(input)
            .stdout(out.reopen().unwrap())
            .stderr(err.reopen().unwrap())
            .spawn()
            .unwrap();
        Running { child, out, err }
    }

    /// Waits for the end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).ended().await
    }

    /// The same, and it has to end well.
    pub(crate) async fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {} {}", ended.out, ended.err);
        ended.out
    }

    /// Asks the doctor, who has to find nothing.
    pub(crate) async fn is_healthy(&self) {
        let report: Value = serde_json::from_str(&self.done(&["doctor", "--json"]).await).unwrap();
        assert_eq!(report["clean"], true, "{report}");
        assert!(!report["checked"].as_array().unwrap().is_empty(), "{report}");
    }
}

impl Running {
    pub(crate) fn out(&self) -> String {
        fs::read_to_string(self.out.path()).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        fs::read_to_string(self.err.path()).unwrap()
    }

    /// Where it says that it listens.
    pub(crate) async fn address(&mut self) -> String {
        until("it listens", async || {
            let err = self.err();
            let said = err.split_once("address=").and_then(|(_, rest)| rest.split_once('\n'));
            let address = said.map(|(address, _)| address.to_owned());
            let code = self.child.try_wait().unwrap();
            assert!(address.is_some() || code.is_none(), "ended with {code:?}: {err}");
            address
        })
        .await
    }

    pub(crate) async fn url(&mut self) -> String {
        format!("http://{}", self.address().await)
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// How many threads of that name it has.
    #[cfg(feature = "services")]
    pub(crate) fn threads(&self, name: &str) -> usize {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let named =
            tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
        named.filter(|comm| comm.trim() == name).count()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits; the code must be 0.
    pub(crate) async fn stop(self) {
        self.terminate();
        let ended = self.ended().await;
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }

    pub(crate) async fn ended(mut self) -> Ended {
        let status = until("it ends", async || self.child.try_wait().unwrap()).await;
        Ended { code: status.code(), out: self.out(), err: self.err() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Also when a test fails, nothing stays behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ended {
    /// The last line on standard error, which says why.
    pub(crate) fn reason(&self) -> &str {
        self.err.lines().last().unwrap_or_default()
    }
}

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_in(PATIENCE, what, look).await
}

/// The same with another limit.
pub(crate) async fn until_in<T>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "not in {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
