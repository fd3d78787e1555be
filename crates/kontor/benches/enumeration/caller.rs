//! The real binary, and one connection to it that is kept.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running `kontor serve` where registering is quiet and nobody is slowed down, killed when
/// dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(dir: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_kontor"))
            .arg("serve")
            .current_dir(dir)
            .env("HTTP__PORT", address.port().to_string())
            .env("AUTH__REGISTRATION", "quiet")
            .env("RATE_LIMIT__ENABLED", "false")
            .env("MAIL__TRANSPORT", "log")
            .env("LOG__LEVEL", "error")
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Self { child, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("kontor serve ended: {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "kontor serve does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
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

/// One connection.
pub(crate) struct Caller {
    stream: BufReader<TcpStream>,
}

impl Caller {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Posts `body`; answers how long the whole answer took, which has to have `status`.
    pub(crate) fn post(&mut self, path: &str, body: &str, status: u16) -> anyhow::Result<Duration> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut head = String::new();
        let mut length = 0;
        loop {
            let start = head.len();
            ensure!(self.stream.read_line(&mut head)? > 0, "the connection was closed");
            let line = head.get(start..).unwrap_or_default().trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().context("content-length")?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        let took = began.elapsed();
        let answered = head.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
        ensure!(
            answered == Some(status),
            "{path}: {answered:?} {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(took)
    }
}
