//! What watches over a process, as it asks.
#![expect(clippy::unwrap_used, reason = "scenarios may panic")]

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::shared::{error::Cause, ports::HealthCheck};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use watch::Process;

const PATIENCE: Duration = Duration::from_secs(30);

/// A service that answers as told.
struct Told {
    service: &'static str,
    is_essential: bool,
    is_well: AtomicBool,
}

impl Told {
    fn new(service: &'static str, is_essential: bool) -> Arc<Self> {
        Arc::new(Self { service, is_essential, is_well: AtomicBool::new(true) })
    }

    fn falls_ill(&self) {
        self.is_well.store(false, Ordering::SeqCst);
    }
}

#[async_trait]
impl HealthCheck for Told {
    fn service(&self) -> &'static str {
        self.service
    }
    fn is_essential(&self) -> bool {
        self.is_essential
    }
    async fn check(&self) -> Result<(), Cause> {
        if self.is_well.load(Ordering::SeqCst) { Ok(()) } else { Err("told so".into()) }
    }
}

struct Watched {
    address: SocketAddr,
    database: Arc<Told>,
    broker: Arc<Told>,
    cache: Arc<Told>,
    stopping: CancellationToken,
    ended: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Watched {
    fn start() -> Self {
        let [database, broker, cache] = [("database", true), ("broker", false), ("cache", false)]
            .map(|(service, is_essential)| Told::new(service, is_essential));
        let (stopping, ended) = (CancellationToken::new(), CancellationToken::new());
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let process = Process {
            checks: vec![database.clone(), broker.clone(), cache.clone()],
            needs: &["broker"],
            counted: Some(Arc::new(|| "kontor_things_total 7\n".to_owned())),
            stopping: stopping.clone(),
        };
        let serving = tokio::spawn(watch::serve(listener, process, ended.clone()));
        Self { address, database, broker, cache, stopping, ended, serving }
    }

    async fn get(&self, path: &str) -> (u16, String, String) {
        let url = format!("http://{}{path}", self.address);
        let answer = timeout(PATIENCE, reqwest::get(url)).await.unwrap().unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    }

    async fn readiness(&self) -> (u16, Value) {
        let (status, _, body) = self.get("/health/ready").await;
        (status, serde_json::from_str(&body).unwrap())
    }
}

#[tokio::test]
async fn ready_says_what_is_missing_and_fails_for_what_is_needed() {
    let watched = Watched::start();
    let all =
        |database, broker, cache| json!({ "database": database, "broker": broker, "cache": cache });
    let (status, body) = watched.readiness().await;
    assert_eq!((status, &body["status"]), (200, &json!("ok")));
    assert_eq!(body["services"], all("ok", "ok", "ok"));
    watched.cache.falls_ill();
    let (status, body) = watched.readiness().await;
    assert_eq!((status, &body["status"]), (200, &json!("degraded")));
    assert_eq!(body["services"], all("ok", "ok", "degraded"));
    watched.broker.falls_ill();
    let (status, body) = watched.readiness().await;
    assert_eq!((status, &body["status"]), (503, &json!("unavailable")));
    assert_eq!(body["services"], all("ok", "down", "degraded"));
    watched.database.falls_ill();
    assert_eq!(watched.readiness().await.1["services"], all("down", "down", "degraded"));
    assert_eq!(watched.get("/health/live").await.0, 200, "it is alive all the same");
}

#[tokio::test]
async fn what_was_counted_is_told_and_nothing_else_is_there() {
    let watched = Watched::start();
    let (status, kind, body) = watched.get("/metrics").await;
    assert_eq!((status, body.as_str()), (200, "kontor_things_total 7\n"));
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(watched.get("/api/v1/products").await.0, 404);
    let url = format!("http://{}/metrics", watched.address);
    let posted = reqwest::Client::new().post(url).send().await.unwrap();
    assert_eq!(posted.status(), 405);
}

#[tokio::test]
async fn whoever_stops_is_alive_and_not_ready_until_it_ends() {
    let watched = Watched::start();
    watched.stopping.cancel();
    let (status, body) = watched.readiness().await;
    assert_eq!((status, &body["status"]), (503, &json!("stopping")));
    assert_eq!(watched.get("/health/live").await.0, 200);
    // A connection nobody uses does not keep it.
    let _idle = TcpStream::connect(watched.address).await.unwrap();
    watched.ended.cancel();
    timeout(PATIENCE, watched.serving).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(watched.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_never_finishes_its_question_is_cut_off() {
    let watched = Watched::start();
    let mut slow = TcpStream::connect(watched.address).await.unwrap();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, slow.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}
