use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use web::HttpSettings;

use crate::stubs::Stub;

/// A server on a port of its own, in a thread of its own.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

fn start(settings: HttpSettings) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = HttpSettings { workers: Some(1), ..settings };
    let server = std::thread::spawn(move || {
        let services = Arc::new(Stub::default()).services();
        let shutdown = async move { stopped.await.unwrap() };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let serving = runtime.spawn(web::serve(services, settings, listener, shutdown));
        runtime.block_on(serving).unwrap()
    });
    Running { address, stop, server }
}

impl Running {
    fn send(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: kontor\r\nconnection: close\r\n\r\n"))
    }

    fn end(self) {
        self.stop.send(()).unwrap();
        self.server.join().unwrap().unwrap();
    }
}

#[test]
fn at_shutdown_readiness_goes_first_and_then_the_server() {
    let running = start(HttpSettings {
        drain_wait: Duration::from_secs(2),
        shutdown_timeout: Duration::from_secs(5),
        ..HttpSettings::default()
    });
    assert!(running.get("/health/ready").starts_with("HTTP/1.1 200"));
    let (stop, stopped) = oneshot::channel();
    let Running { address, stop: signal, server } = running;
    signal.send(()).unwrap();
    let running = Running { address, stop, server };
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let ready = running.get("/health/ready");
        if ready.starts_with("HTTP/1.1 503") {
            assert!(ready.contains("\"stopping\""), "{ready}");
            break;
        }
        assert!(Instant::now() < deadline, "{ready}");
    }
    assert!(running.get("/api/v1/products/assam").starts_with("HTTP/1.1 200"));
    drop(stopped);
    running.server.join().unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_request_that_is_running_at_shutdown_is_answered() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        request_deadline: Duration::from_millis(700),
        ..HttpSettings::default()
    });
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"GET /api/v1/products/slow HTTP/1.1\r\nhost: kontor\r\n\r\n").unwrap();
    // The one worker takes connections in turn: once this is answered, the slow one is running.
    assert!(running.get("/health").starts_with("HTTP/1.1 200"));
    running.end();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("deadline_exceeded"), "{answer}");
}

#[test]
fn a_body_that_does_not_arrive_is_not_waited_for() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        body_deadline: Duration::from_millis(100),
        ..HttpSettings::default()
    });
    let answer = running.send(
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: kontor\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"request_timeout\""), "{answer}");
    running.end();
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        header_deadline: Duration::from_millis(100),
        ..HttpSettings::default()
    });
    let answer = running.send("GET /health HTTP/1.1\r\nhost:");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    running.end();
}
