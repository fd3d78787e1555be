//! A thousand log-ins a second, while somebody looks at the catalogue.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::JoinSet,
    time::{sleep_until, timeout},
};

use crate::{
    report::{Report, Target},
    server::{self, Server},
};

/// Log-ins a second.
const RATE: u32 = 1_000;
/// Enough for every log-in to wait its whole second for its turn to be hashed.
const CONNECTIONS: u32 = 1_500;
const FLOOD: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_secs(5);
/// How often somebody looks at the catalogue.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(15);

/// Who floods.
#[derive(Clone, Copy, Debug)]
enum Crowd {
    /// One address that tries one account.
    One,
    /// An address and an account of its own for every try: only the hashing itself is in the way.
    Many,
}

/// Answers by status; `None` is one that should say when to come back and does not.
type Tally = BTreeMap<Option<u16>, u32>;

/// What the flood costs whoever looks at the catalogue, and what the flood gets.
pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (crowd, name) in [(Crowd::One, "one address"), (Crowd::Many, "an address each")] {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        server::run(dir.path(), &["seed", "--products", "100"], &[])?;
        let settings = [
            ("RATE_LIMIT__ENABLED", "true"),
            // The one who looks at the catalogue comes from the address of the flood.
            ("RATE_LIMIT__READS_PER_SECOND", "100000"),
            ("RATE_LIMIT__READS_BURST", "100000"),
            ("HTTP__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let server = Server::start(dir.path(), &settings)?;
        let address = server.address;
        look(address, Duration::from_secs(1))?;
        let quiet = slowest_of_hundred(look(address, QUIET)?);
        let before = server.resident_mib()?;
        let flooding = thread::spawn(move || flood(address, crowd));
        let during = slowest_of_hundred(look(address, FLOOD)?);
        let grown = server.resident_mib()? - before;
        let tally = flooding.join().map_err(|_panic| anyhow::anyhow!("the flood panicked"))??;
        let sent: u32 = tally.values().sum();
        report.note(&format!("log-in flood, {name}"), format!("{sent} in {FLOOD:?}: {tally:?}"));
        let times = during / quiet;
        report.note("", format!("catalogue p99 {quiet:.2} ms quiet, {during:.2} ms flooded"));
        report.figure("catalogue p99 while flooded", times, "x", Target::AtMost(2.0));
        report.figure("memory that it took", grown, "MiB", Target::AtMost(64.0));
        let strange: u32 = tally
            .iter()
            .filter(|(status, _)| !matches!(status, Some(401 | 429 | 503)))
            .map(|(_, count)| *count)
            .sum();
        report.figure(
            "other answers than 401, 429, 503",
            f64::from(strange),
            "",
            Target::AtMost(0.0),
        );
    }
    Ok(())
}

/// Looks at the catalogue at a steady pace for `window`: how long each look took, counted from
/// when it was due.
fn look(address: SocketAddr, window: Duration) -> anyhow::Result<Vec<Duration>> {
    let request = b"GET /api/v1/products?limit=5 HTTP/1.1\r\nHost: bench\r\n\r\n";
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut line = Line::open(address).await?;
        let began = Instant::now();
        let (mut due, mut took) = (began, Vec::new());
        while due < began + window {
            sleep_until(due.into()).await;
            let Told { status, .. } = line.ask(request).await?;
            ensure!(status == 200, "the catalogue answered {status}");
            took.push(due.elapsed());
            due += LOOK_EVERY;
        }
        Ok(took)
    })
}

/// What 99 of 100 stay within, milliseconds.
fn slowest_of_hundred(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    let at = (took.len() * 99 / 100).min(took.len().saturating_sub(1));
    took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
}

fn flood(address: SocketAddr, crowd: Crowd) -> anyhow::Result<Tally> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..CONNECTIONS {
            callers.spawn(call(address, crowd, caller, began));
        }
        let mut all = Tally::new();
        while let Some(tally) = callers.join_next().await {
            for (status, count) in tally?? {
                *all.entry(status).or_default() += count;
            }
        }
        Ok(all)
    })
}

/// One of the callers, whose tries are spread evenly between those of the others.
async fn call(
    address: SocketAddr,
    crowd: Crowd,
    caller: u32,
    began: Instant,
) -> anyhow::Result<Tally> {
    let pause = Duration::from_secs(1) * CONNECTIONS / RATE;
    let mut due = began + Duration::from_secs(1) * caller / RATE;
    let (mut tally, mut tries) = (Tally::new(), 0_u32);
    let mut line = None;
    while due < began + FLOOD {
        sleep_until(due.into()).await;
        let open = match line.as_mut() {
            Some(open) => open,
            None => line.insert(Line::open(address).await?),
        };
        let request = log_in(crowd, caller, tries);
        let Told { status, says_when, closes } = timeout(PATIENCE, open.ask(&request)).await??;
        let counted = (says_when || !matches!(status, 429 | 503)).then_some(status);
        if closes {
            line = None;
        }
        *tally.entry(counted).or_default() += 1;
        tries += 1;
        due += pause;
    }
    Ok(tally)
}

fn log_in(crowd: Crowd, caller: u32, tries: u32) -> Vec<u8> {
    let (name, from) = match crowd {
        Crowd::One => ("victim".to_owned(), "203.0.113.1".to_owned()),
        Crowd::Many => {
            let [_, _, high, low] = caller.to_be_bytes();
            (format!("nobody-{caller}-{tries}"), format!("10.{}.{high}.{low}", tries % 256))
        }
    };
    let body = format!(r#"{{"login":"{name}@example.com","password":"wrong horse battery"}}"#);
    format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: {from}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// An answer.
struct Told {
    status: u16,
    /// Whether it says when to come back.
    says_when: bool,
    /// Whether the server closes the connection after it, as it does when a body was not read.
    closes: bool,
}

/// HTTP/1.1, one request at a time.
struct Line {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(8_192) })
    }

    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Told> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the server closed the connection");
            let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(self.received.get(..end).unwrap_or_default());
            let head = head.to_ascii_lowercase();
            let status = head.split(' ').nth(1).context("no status")?.parse()?;
            let value = |name: &str| {
                head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            let length: usize = value("content-length").context("no length")?.trim().parse()?;
            let says_when = value("retry-after").is_some();
            let closes = value("connection").is_some_and(|value| value.trim() == "close");
            while self.received.len() < end + 4 + length {
                let read = self.stream.read_buf(&mut self.received).await?;
                ensure!(read > 0, "the server closed the connection");
            }
            return Ok(Told { status, says_when, closes });
        }
    }
}
