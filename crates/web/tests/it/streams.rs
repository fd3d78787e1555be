//! Orders that are followed.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use actix_web::test::TestRequest;
use domain::{
    identity::SessionId,
    ordering::{Following, OrderId},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use web::HttpSettings;

use crate::{signed, site_with, stubs::*};

fn path() -> String {
    format!("/api/v1/orders/{ORDER}/events")
}

/// The fields of each event, in order.
fn events(text: &str) -> Vec<(String, Value)> {
    let event = |block: &str| {
        let id = block.lines().find_map(|line| line.strip_prefix("id: "))?;
        let data = block.lines().find_map(|line| line.strip_prefix("data: "))?;
        assert!(block.contains("\nevent: status\n"), "{block}");
        Some((id.to_owned(), serde_json::from_str(data).unwrap()))
    };
    text.split("\n\n").filter_map(event).collect()
}

#[actix_web::test]
async fn a_stream_begins_with_how_far_the_order_is_and_goes_on_with_its_steps() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.get_as("customer", &path()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-store, no-transform");
    assert!(answer.text().starts_with("retry: 2000\n\n"), "{}", answer.text());
    let told = events(answer.text());
    let placed = json!({ "order_id": ORDER, "version": 1, "event": "ordering.order_placed.v1",
        "status": "pending", "at": "2026-11-20T12:00:00Z" });
    assert_eq!(told[0], ("1".to_owned(), placed));
    assert_eq!((told[1].0.as_str(), &told[1].1["status"]), ("2", &json!("paid")));
    let session = Some(SessionId::new(SESSION));
    let following = Following { order: OrderId::new(ORDER), after: 1, session };
    assert_eq!(*stub.followed.lock().unwrap(), Some(following));
}

#[actix_web::test]
async fn whoever_comes_back_is_told_what_was_missed_and_nothing_twice() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (last, expected) in
        [("0", vec!["1", "2"]), ("1", vec!["2"]), ("9", vec!["2"]), ("what", vec!["1", "2"])]
    {
        let request = TestRequest::get().uri(&path()).insert_header(("last-event-id", last));
        let answer = site.send(signed(request, "customer")).await;
        let told: Vec<_> = events(answer.text()).into_iter().map(|(id, _)| id).collect();
        assert_eq!(told, expected, "after {last}");
    }
}

#[actix_web::test]
async fn the_head_of_a_stream_ends() {
    let stub = Arc::new(Stub::default());
    stub.goes_on.store(true, Ordering::SeqCst);
    let site = site_with(&stub, HttpSettings::default()).await;
    let request = TestRequest::with_uri(&path()).method(actix_web::http::Method::HEAD);
    let answer = site.send(signed(request, "customer")).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
}

/// A server on a port of its own.
struct Running {
    stub: Arc<Stub>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

fn start(settings: HttpSettings) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stub = Arc::new(Stub::default());
    stub.goes_on.store(true, Ordering::SeqCst);
    let services = stub.services();
    let settings = HttpSettings { workers: Some(2), ..settings };
    let server = std::thread::spawn(move || {
        let shutdown = async move { stopped.await.unwrap() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(web::serve(services, settings, listener, shutdown)).unwrap();
    });
    Running { stub, address, stop, server }
}

impl Running {
    fn follow(&self, token: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let path = path();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: kontor\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

/// Reads until `text` has arrived.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended before {text:?}: {read}");
        read.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    read
}

/// Reads to the end of the answer: the last chunk of it is empty.
fn read_to_end(stream: &mut TcpStream) {
    read_until(stream, "0\r\n\r\n");
}

#[test]
fn a_stream_outlives_the_deadline_of_requests_and_ends_at_its_own() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        request_deadline: Duration::from_millis(100),
        stream_heartbeat: Duration::from_millis(50),
        stream_longest: Duration::from_millis(900),
        ..HttpSettings::default()
    });
    let began = Instant::now();
    let mut stream = running.follow("customer");
    read_until(&mut stream, "\"paid\"");
    read_until(&mut stream, ":\n\n");
    read_to_end(&mut stream);
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    running.stop.send(()).unwrap();
    running.server.join().unwrap();
}

#[test]
fn streams_end_with_the_right_to_them_and_when_the_server_stops() {
    let running = start(HttpSettings {
        drain_wait: Duration::from_secs(1),
        shutdown_timeout: Duration::from_secs(20),
        stream_heartbeat: Duration::from_millis(50),
        ..HttpSettings::default()
    });
    let mut ended = running.follow("customer");
    read_until(&mut ended, "\"paid\"");
    running.stub.signed_out.store(true, Ordering::SeqCst);
    read_to_end(&mut ended);
    running.stub.signed_out.store(false, Ordering::SeqCst);

    let mut streams: Vec<_> = (0..3).map(|_| running.follow("customer")).collect();
    for stream in &mut streams {
        read_until(stream, "\"paid\"");
    }
    let began = Instant::now();
    let Running { address, stub: _stub, stop, server } = running;
    stop.send(()).unwrap();
    for stream in &mut streams {
        read_to_end(stream);
    }
    drop(streams);
    server.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_account_and_a_process_have_so_many_streams_and_get_them_back() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        max_streams: 3,
        max_streams_per_user: 2,
        stream_heartbeat: Duration::from_millis(50),
        ..HttpSettings::default()
    });
    let follow = |token| {
        let mut stream = running.follow(token);
        let head = read_until(&mut stream, "\r\n\r\n");
        (head.split(' ').nth(1).unwrap().to_owned(), head, stream)
    };
    let own: Vec<_> = (0..2).map(|_| follow("customer")).collect();
    assert!(own.iter().all(|(status, ..)| status == "200"), "{own:?}");
    let (status, head, mut refused) = follow("customer");
    assert_eq!(status, "429", "{head}");
    assert!(head.contains("retry-after: 5"), "{head}");
    if !head.contains("too_many_streams") {
        read_until(&mut refused, "too_many_streams");
    }
    let staff = follow("admin");
    assert_eq!(staff.0, "200");
    let (status, head, _full) = follow("staff");
    assert_eq!(status, "503", "{head}");
    drop((own, staff));
    let deadline = Instant::now() + Duration::from_secs(10);
    while follow("customer").0 != "200" {
        assert!(Instant::now() < deadline, "places are given back");
    }
    running.stop.send(()).unwrap();
    running.server.join().unwrap();
}
