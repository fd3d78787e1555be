//! What a dead or stalled Redis costs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::shared::{announcements::Topic, copies::KeeperTime, limiter::Quota};
use infra_redis::RedisPool;
use test_support::{contracts::announcements::Notebook, eventually::eventually};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    FAILURES,
    server::{self, Local},
};

const QUOTA: Quota = Quota { name: "orders", burst: 1, period: Duration::from_secs(60) };
/// The operation's limit of 100 ms, and what a busy machine adds.
const ABOUT_ONE_TIMEOUT: Duration = Duration::from_millis(250);

/// Accepts connections and answers every command with `+OK` while it is willing.
struct Server {
    port: u16,
    is_willing: Arc<AtomicBool>,
    _serving: JoinSet<()>,
}

impl Server {
    async fn start(is_willing: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_willing = Arc::new(AtomicBool::new(is_willing));
        let mut serving = JoinSet::new();
        let willing = Arc::clone(&is_willing);
        serving.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                clients.spawn(answer(client, Arc::clone(&willing)));
            }
        });
        Self { port, is_willing, _serving: serving }
    }
}

/// One answer for each command: each is an array, and only arrays contain `*`.
async fn answer(mut client: TcpStream, is_willing: Arc<AtomicBool>) {
    let mut buffer = vec![0; 4096];
    while let Ok(read @ 1..) = client.read(&mut buffer).await {
        let commands = buffer.iter().take(read).filter(|byte| **byte == b'*').count();
        let answers = "+OK\r\n".repeat(commands);
        let is_willing = is_willing.load(Ordering::Relaxed);
        if is_willing && client.write_all(answers.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn keep(pool: &RedisPool) -> bool {
    server::copies(pool).keep("key", b"copy", KeeperTime(1)).await.is_ok()
}

/// Calls that fail within a second after a failure cost nothing.
async fn assert_failing_at_once(pool: &RedisPool) {
    let asked = Instant::now();
    for _ in 0..100 {
        assert!(!keep(pool).await);
    }
    assert!(asked.elapsed() < Duration::from_millis(80), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_costs_one_timeout() {
    let server = Server::start(false).await;
    let pool = server::impatient(server.port);
    let asked = Instant::now();
    assert!(!keep(&pool).await);
    assert!(asked.elapsed() < ABOUT_ONE_TIMEOUT, "{:?}", asked.elapsed());
    assert_failing_at_once(&pool).await;
}

#[tokio::test]
async fn a_server_that_stalls_later_costs_one_timeout_and_is_used_again_when_it_answers() {
    let server = Server::start(true).await;
    let pool = server::impatient(server.port);
    eventually("the server answers", async || keep(&pool).await).await;
    server.is_willing.store(false, Ordering::Relaxed);
    let asked = Instant::now();
    assert!(!keep(&pool).await);
    assert!(asked.elapsed() < ABOUT_ONE_TIMEOUT, "{:?}", asked.elapsed());
    assert_failing_at_once(&pool).await;
    server.is_willing.store(true, Ordering::Relaxed);
    eventually("the server is used again", async || keep(&pool).await).await;
}

#[tokio::test]
async fn callers_of_a_stalled_server_wait_side_by_side() {
    let server = Server::start(false).await;
    let pool = server::impatient(server.port);
    let mut calls = JoinSet::new();
    let asked = Instant::now();
    for _ in 0..200 {
        let pool = pool.clone();
        calls.spawn(async move { keep(&pool).await });
    }
    while let Some(worked) = calls.join_next().await {
        assert!(!worked.unwrap());
    }
    assert!(asked.elapsed() < ABOUT_ONE_TIMEOUT, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn without_redis_the_local_limiter_counts() {
    let limiter = server::limiter(&server::impatient(1), Local);
    for _ in 0..3 {
        assert_eq!(limiter.check(&QUOTA, "ann").await, Local::ANSWER);
    }
    let stalled = Server::start(false).await;
    let limiter = server::limiter(&server::impatient(stalled.port), Local);
    for _ in 0..3 {
        assert_eq!(limiter.check(&QUOTA, "ann").await, Local::ANSWER);
    }
}

#[tokio::test]
async fn without_redis_the_local_counter_counts_failures() {
    let stalled = Server::start(false).await;
    for port in [1, stalled.port] {
        let counter = server::failures(&server::impatient(port), Local);
        for _ in 0..3 {
            assert_eq!(counter.attempt(&FAILURES, "ann").await, Local::ATTEMPT);
        }
    }
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_unhealthy() {
    let stalled = Server::start(false).await;
    for port in [1, stalled.port] {
        let asked = Instant::now();
        assert!(server::health(&server::impatient(port)).check().await.is_err());
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn without_redis_this_process_still_forgets_at_once() {
    let server = Server::start(false).await;
    for port in [server.port, 1] {
        let (announcements, _) = server::announcements(&server::impatient(port));
        let notebook = Arc::new(Notebook::default());
        announcements.observe(Topic::Sessions, notebook.clone());
        let began = Instant::now();
        announcements.announce(Topic::Sessions, &["one".to_owned()]).await;
        assert!(notebook.told().contains(&vec!["one".to_owned()]));
        assert!(began.elapsed() < ABOUT_ONE_TIMEOUT * 2, "{:?}", began.elapsed());
    }
}
