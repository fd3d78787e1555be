//! Readers on connections that stay open, one request at a time each. One thread writes to all and
//! then reads from all: two system calls a request and nothing else.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::store::Store;

const WARM_UP: Duration = Duration::from_millis(500);
/// A list of 100 products with room to spare, bytes.
const LONGEST_ANSWER: usize = 512 * 1024;

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    /// Time of the server's threads for one request, microseconds.
    pub(crate) cpu_micros: f64,
}

pub(crate) struct Load {
    connections: Vec<Connection>,
    requests: Vec<Vec<u8>>,
    next: usize,
}

impl Load {
    /// Connections that ask for `paths` in turn.
    pub(crate) fn open(port: u16, connections: usize, paths: &[String]) -> anyhow::Result<Self> {
        let connections = (0..connections).map(|_| Connection::open(port));
        let requests = paths.iter().map(|path| request(path)).collect();
        Ok(Self { connections: connections.collect::<Result<_, _>>()?, requests, next: 0 })
    }

    /// Asks for `window`, after a warm-up.
    ///
    /// # Errors
    /// When any answer is not 200.
    pub(crate) fn run(mut self, store: &Store, window: Duration) -> anyhow::Result<Outcome> {
        let warm = Instant::now();
        while warm.elapsed() < WARM_UP {
            self.wave()?;
        }
        let (began, cpu, mut asked) = (Instant::now(), store.cpu_seconds()?, 0);
        while began.elapsed() < window {
            asked += self.wave()?;
        }
        outcome(asked, began.elapsed(), store.cpu_seconds()? - cpu)
    }

    /// Asks for every path once.
    ///
    /// # Errors
    /// When any answer is not 200.
    pub(crate) fn run_once(mut self, store: &Store) -> anyhow::Result<Outcome> {
        let (began, cpu, mut asked) = (Instant::now(), store.cpu_seconds()?, 0);
        while asked < self.requests.len() {
            asked += self.wave()?;
        }
        outcome(asked, began.elapsed(), store.cpu_seconds()? - cpu)
    }

    /// One request on each connection.
    fn wave(&mut self) -> anyhow::Result<usize> {
        for connection in &mut self.connections {
            let request = self.requests.get(self.next).context("nothing to ask for")?;
            connection.stream.write_all(request)?;
            self.next = (self.next + 1) % self.requests.len();
        }
        for connection in &mut self.connections {
            connection.answer()?;
        }
        Ok(self.connections.len())
    }
}

fn outcome(asked: usize, took: Duration, cpu: f64) -> anyhow::Result<Outcome> {
    let asked = f64::from(u32::try_from(asked)?);
    ensure!(asked > 0.0, "nothing was asked for");
    Ok(Outcome { per_second: asked / took.as_secs_f64(), cpu_micros: cpu * 1e6 / asked })
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: vec![0; LONGEST_ANSWER] })
    }

    /// Reads one answer; where its body begins and ends.
    fn answer(&mut self) -> anyhow::Result<(usize, usize)> {
        let mut filled = 0;
        loop {
            let free = self.received.get_mut(filled..).unwrap_or_default();
            ensure!(!free.is_empty(), "too long an answer");
            let read = self.stream.read(free)?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            let answer = self.received.get(..filled).unwrap_or_default();
            let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?;
            if !head.starts_with("HTTP/1.1 200") {
                bail!("an answer that is not 200: {head}");
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("no length")?.parse()?;
            if filled >= end + 4 + length {
                return Ok((end + 4, end + 4 + length));
            }
        }
    }
}

/// One request on a connection of its own.
///
/// # Errors
/// When the answer is not 200.
pub(crate) fn get(port: u16, path: &str) -> anyhow::Result<Answer> {
    let mut connection = Connection::open(port)?;
    connection.stream.write_all(&request(path))?;
    let (begin, end) = connection.answer()?;
    let body = connection.received.get(begin..end).context("no body")?.to_vec();
    Ok(Answer { body })
}
