//! The real binary, as a process of its own.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

const PATIENCE: Duration = Duration::from_secs(20);

/// Ticks of `/proc/<pid>/stat` in a second, on every Linux there is.
const TICKS: f64 = 100.0;

/// A running `kontor`, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From before the exec to the first time it said it was ready.
    pub(crate) started_in: Duration,
}

impl Server {
    /// API and worker in one process.
    pub(crate) fn start(dir: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_as("serve", dir, settings)
    }

    /// What `command` starts.
    pub(crate) fn start_as(
        command_name: &str,
        dir: &Path,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let port = address.port().to_string();
        let mut command = kontor(dir, settings);
        command.arg(command_name).env("HTTP__PORT", port);
        let began = Instant::now();
        let child = command.spawn()?;
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while !is_ready(address) {
            if let Some(status) = server.child.try_wait()? {
                bail!("kontor {command_name} ended: {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "kontor {command_name} is not ready");
            thread::sleep(Duration::from_millis(1));
        }
        server.started_in = began.elapsed();
        Ok(server)
    }

    /// Processor time used so far, seconds.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no such process")?;
        // utime and stime are fields 14 and 15; the text begins with field 3.
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        Ok(ticks / TICKS)
    }

    /// Memory in use, MiB.
    pub(crate) fn resident_mib(&self) -> anyhow::Result<f64> {
        memory_of(self.child.id(), "VmRSS:")
    }

    /// Waits until what begins at the start, such as the relay, has nothing left to do.
    pub(crate) fn wait_until_idle(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let before = self.cpu_seconds()?;
            thread::sleep(Duration::from_secs(1));
            if self.cpu_seconds()? - before < 0.05 {
                return Ok(());
            }
            ensure!(began.elapsed() < 10 * PATIENCE, "the server does not come to rest");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = killed {
            eprintln!("the server could not be killed: {error}");
        }
    }
}

/// What came of a command.
pub(crate) struct Watched {
    pub(crate) took: Duration,
    /// The most memory it had in use, MiB.
    pub(crate) peak_mib: f64,
}

/// Runs one command of the binary to its end, and looks at its memory meanwhile.
pub(crate) fn run_watched(
    dir: &Path,
    args: &[&str],
    settings: &[(&str, &str)],
) -> anyhow::Result<Watched> {
    let began = Instant::now();
    let mut child = kontor(dir, settings).args(args).stdout(Stdio::null()).spawn()?;
    let mut peak_mib = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // Of a process that has just ended there is no line.
        if let Ok(mib) = memory_of(child.id(), "VmHWM:") {
            peak_mib = mib;
        }
        thread::sleep(Duration::from_millis(20));
    };
    ensure!(status.success(), "kontor {args:?}: {status}");
    Ok(Watched { took: began.elapsed(), peak_mib })
}

fn memory_of(process: u32, line: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|text| text.strip_prefix(line));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no such line")?;
    Ok(kib.parse::<f64>()? / 1_024.0)
}

/// Runs one command of the binary to its end.
pub(crate) fn run(dir: &Path, args: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<()> {
    let status = kontor(dir, settings).args(args).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "kontor {args:?}: {status}");
    Ok(())
}

fn kontor(dir: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kontor"));
    command
        .env_clear()
        .current_dir(dir)
        .env("APP__DATA_DIR", dir)
        .env("LOG__LEVEL", "warn")
        .env("MAIL__TRANSPORT", "log")
        .env("RATE_LIMIT__ENABLED", "false")
        .envs(settings.iter().copied());
    command
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<[u8; 12]> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head)
    };
    ask().is_ok_and(|head| head == *b"HTTP/1.1 200")
}
