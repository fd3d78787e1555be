//! Customers who order without pause, each on a connection that stays open. As lean as it can be:
//! it runs on the same cores as what it measures.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    task::JoinSet,
    time::sleep,
};

use crate::server::Server;

const WARM_UP: Duration = Duration::from_secs(2);

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) orders_per_second: f64,
    /// Time of the server's threads for one order, milliseconds.
    pub(crate) cpu_millis: f64,
    /// Half of all orders were answered within this many milliseconds.
    pub(crate) median_millis: f64,
    /// And 99 of 100 within this many.
    pub(crate) slow_millis: f64,
}

/// Orders one unit of one product after another for `window`, after a warm-up.
///
/// # Errors
/// When any answer is not 201.
pub(crate) fn run(
    server: &Server,
    connections: usize,
    window: Duration,
) -> anyhow::Result<Outcome> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(server, connections, window))
}

async fn measure(server: &Server, connections: usize, window: Duration) -> anyhow::Result<Outcome> {
    let mut shop = Connection::open(server.address).await?;
    let products = shop.products().await?;
    let mut tokens = Vec::with_capacity(connections);
    for customer in 0..connections {
        tokens.push(shop.register(customer).await?);
    }
    let state =
        Arc::new(State { products, next: AtomicUsize::new(0), stop: AtomicBool::new(false) });
    let mut customers = JoinSet::new();
    for token in tokens {
        let connection = Connection::open(server.address).await?;
        customers.spawn(order_on(connection, token, Arc::clone(&state)));
    }
    sleep(WARM_UP).await;
    let (began, cpu) = (Instant::now(), server.cpu_seconds()?);
    sleep(window).await;
    let (ended, cpu) = (Instant::now(), server.cpu_seconds()? - cpu);
    state.stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    while let Some(done) = customers.join_next().await {
        let counted = done??.into_iter().filter(|(at, _)| (began..ended).contains(at));
        latencies.extend(counted.map(|(_, latency)| latency));
    }
    latencies.sort_unstable();
    let orders = f64::from(u32::try_from(latencies.len())?);
    ensure!(orders > 0.0, "no order was placed");
    Ok(Outcome {
        orders_per_second: orders / (ended - began).as_secs_f64(),
        cpu_millis: cpu * 1_000.0 / orders,
        median_millis: millis_at(&latencies, 50),
        slow_millis: millis_at(&latencies, 99),
    })
}

/// What came of reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reads {
    pub(crate) per_second: f64,
    /// Time of the server's threads for one request, milliseconds.
    pub(crate) cpu_millis: f64,
    /// Half of all requests were answered within this many milliseconds.
    pub(crate) median_millis: f64,
    /// And 95 of 100 within this many.
    pub(crate) slow_millis: f64,
}

/// Reads `paths` in turn for `window`, after a warm-up.
///
/// # Errors
/// When any answer is not 200.
pub(crate) fn reads(
    server: &Server,
    connections: usize,
    window: Duration,
    paths: &[String],
) -> anyhow::Result<Reads> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let paths: Arc<[String]> = paths.into();
        let stop = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for reader in 0..connections {
            let mut connection = Connection::open(server.address).await?;
            let (paths, stop) = (Arc::clone(&paths), Arc::clone(&stop));
            readers.spawn(async move {
                let mut answered = Vec::with_capacity(16_384);
                for path in paths.iter().cycle().skip(reader) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let asked = Instant::now();
                    let status = connection.ask("GET", path, "", "").await?;
                    let now = Instant::now();
                    ensure!(status == 200, "{path} was answered with {status}");
                    answered.push((now, now - asked));
                }
                anyhow::Ok(answered)
            });
        }
        sleep(WARM_UP).await;
        let (began, cpu) = (Instant::now(), server.cpu_seconds()?);
        sleep(window).await;
        let (ended, cpu) = (Instant::now(), server.cpu_seconds()? - cpu);
        stop.store(true, Ordering::Relaxed);
        let mut latencies = Vec::new();
        while let Some(done) = readers.join_next().await {
            let counted = done??.into_iter().filter(|(at, _)| (began..ended).contains(at));
            latencies.extend(counted.map(|(_, latency)| latency));
        }
        latencies.sort_unstable();
        let count = f64::from(u32::try_from(latencies.len())?);
        Ok(Reads {
            per_second: count / (ended - began).as_secs_f64(),
            cpu_millis: cpu * 1_000.0 / count.max(1.0),
            median_millis: millis_at(&latencies, 50),
            slow_millis: millis_at(&latencies, 95),
        })
    })
}

/// The second window of 20 and the last one of a list, by cursor; `list` ends with `limit=`.
pub(crate) fn ends(server: &Server, list: &str) -> anyhow::Result<(String, String)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let cursor_of =
            |page: &Value| page.pointer("/next_cursor").and_then(Value::as_str).map(str::to_owned);
        let first = connection.json("GET", &format!("{list}20"), "", 200).await?;
        let second = cursor_of(&first).context("a list of one window")?;
        let mut last = second.clone();
        loop {
            let path = format!("{list}100&cursor={last}");
            let page = connection.json("GET", &path, "", 200).await?;
            match cursor_of(&page) {
                Some(next) => last = next,
                None => break,
            }
        }
        Ok((format!("{list}20&cursor={second}"), format!("{list}20&cursor={last}")))
    })
}

/// What `rank` of 100 were within; `latencies` are sorted.
fn millis_at(latencies: &[Duration], rank: usize) -> f64 {
    let at = (latencies.len() * rank / 100).min(latencies.len().saturating_sub(1));
    latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
}

struct State {
    products: Vec<String>,
    next: AtomicUsize,
    stop: AtomicBool,
}

/// When each order was answered, and after how long.
async fn order_on(
    mut connection: Connection,
    token: String,
    state: Arc<State>,
) -> anyhow::Result<Vec<(Instant, Duration)>> {
    let mut answered = Vec::with_capacity(4_096);
    while !state.stop.load(Ordering::Relaxed) {
        let turn = state.next.fetch_add(1, Ordering::Relaxed) % state.products.len();
        let product = state.products.get(turn).context("no product")?;
        let body = format!(r#"{{"items":[{{"product_id":"{product}","quantity":1}}]}}"#);
        let asked = Instant::now();
        let status = connection.ask("POST", "/api/v1/orders", &token, &body).await?;
        let now = Instant::now();
        let answer = String::from_utf8_lossy(&connection.body);
        ensure!(status == 201, "an order was answered with {status}: {answer}");
        answered.push((now, now - asked));
    }
    Ok(answered)
}

/// HTTP/1.1 with `Content-Length`, one request at a time.
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    received: Vec<u8>,
    /// Of the last answer.
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (request, received) = (Vec::with_capacity(1_024), Vec::with_capacity(4_096));
        Ok(Self { stream, request, received, body: Vec::new() })
    }

    /// Sends one request and reads its answer: the status.
    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> anyhow::Result<u16> {
        self.request.clear();
        for part in [method, " ", path, " HTTP/1.1\r\nHost: bench\r\n"] {
            self.request.extend_from_slice(part.as_bytes());
        }
        if !token.is_empty() {
            self.request.extend_from_slice(b"Authorization: Bearer ");
            self.request.extend_from_slice(token.as_bytes());
            self.request.extend_from_slice(b"\r\n");
        }
        if !body.is_empty() {
            let head =
                format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
            self.request.extend_from_slice(head.as_bytes());
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<u16> {
        self.received.clear();
        loop {
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the server closed the connection");
            let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(self.received.get(..end).unwrap_or_default())?;
            let status = head.split(' ').nth(1).context("no status")?.parse()?;
            let length: usize = header(head, "content-length").context("no length")?.parse()?;
            let whole = end + 4 + length;
            while self.received.len() < whole {
                let read = self.stream.read_buf(&mut self.received).await?;
                ensure!(read > 0, "the server closed the connection");
            }
            self.body.clear();
            self.body.extend_from_slice(self.received.get(end + 4..).unwrap_or_default());
            return Ok(status);
        }
    }

    async fn json(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        expected: u16,
    ) -> anyhow::Result<Value> {
        let status = self.ask(method, path, "", body).await?;
        let answer = String::from_utf8_lossy(&self.body);
        ensure!(status == expected, "{method} {path} was answered with {status}: {answer}");
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Ids of all products.
    async fn products(&mut self) -> anyhow::Result<Vec<String>> {
        const PAGE: usize = 100;
        let mut ids = Vec::new();
        loop {
            let path = format!("/api/v1/products?limit={PAGE}&offset={}", ids.len());
            let page = self.json("GET", &path, "", 200).await?;
            let items = page.pointer("/items").and_then(Value::as_array).context("no items")?;
            let more = items.iter().filter_map(|item| item.get("id").and_then(Value::as_str));
            let before = ids.len();
            ids.extend(more.map(str::to_owned));
            if ids.len() == before {
                ensure!(!ids.is_empty(), "the catalogue is empty");
                return Ok(ids);
            }
        }
    }

    /// The access token of a new customer.
    async fn register(&mut self, number: usize) -> anyhow::Result<String> {
        let email = format!("customer-{number}@example.com");
        let body = json!({ "email": email, "password": "correct horse battery" }).to_string();
        let answer = self.json("POST", "/api/v1/auth/register", &body, 201).await?;
        let token = answer.pointer("/access_token").and_then(Value::as_str);
        Ok(token.context("no access token")?.to_owned())
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
