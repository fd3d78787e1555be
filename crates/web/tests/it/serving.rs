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
fn a_body_that_trickles_is_not_waited_for_and_one_that_keeps_up_is() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        body_grace: Duration::from_millis(300),
        body_rate: 1024,
        ..HttpSettings::default()
    });
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: kontor\r\n\
        content-type: application/json\r\ncontent-length: 60000\r\n\r\n";
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let lasted = trickle(&mut stream, " ", Duration::from_millis(20));
    assert!(lasted < Duration::from_secs(3), "{lasted:?}");

    // 60,000 bytes earn the better part of a minute.
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[b' '; 59_999]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let waited = stream.read(&mut [0; 16]).unwrap_err();
    assert_eq!(waited.kind(), io::ErrorKind::WouldBlock, "it is waited for");
    stream.write_all(b"x").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut answer = [0; 16];
    let read = stream.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 400"), "{answer:?}");
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

/// Sends the text a byte at a time for as long as the server listens; says for how long.
fn trickle(stream: &mut TcpStream, text: &str, pause: Duration) -> Duration {
    let began = Instant::now();
    stream.set_read_timeout(Some(pause)).unwrap();
    for byte in text.bytes().cycle() {
        if stream.write_all(&[byte]).is_err() {
            break;
        }
        match stream.read(&mut [0; 1024]) {
            Ok(0) => break,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Ok(_) | Err(_) => assert!(began.elapsed() < Duration::from_secs(5), "still open"),
        }
    }
    began.elapsed()
}

#[test]
fn each_head_of_a_connection_has_its_deadline() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        // The server's clock moves in steps of half a second.
        header_deadline: Duration::from_millis(900),
        ..HttpSettings::default()
    });
    for requests in [0, 1, 3] {
        let mut stream = TcpStream::connect(running.address).unwrap();
        for _ in 0..requests {
            stream.write_all(b"GET /health HTTP/1.1\r\nhost: kontor\r\n\r\n").unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut answer = [0; 4096];
            let read = stream.read(&mut answer).unwrap();
            assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{requests}");
        }
        stream.write_all(b"GET /health HTTP/1.1\r\nx-slow: ").unwrap();
        let lasted = trickle(&mut stream, "slow", Duration::from_millis(20));
        assert!(lasted < Duration::from_secs(3), "after {requests} requests: {lasted:?}");
    }
    running.end();
}

#[test]
fn an_address_holds_no_more_connections_than_its_limit() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        max_connections_per_address: 2,
        ..HttpSettings::default()
    });
    let held: Vec<_> = (0..2).map(|_| TcpStream::connect(running.address).unwrap()).collect();
    let mut refused = TcpStream::connect(running.address).unwrap();
    refused.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let closed = refused.read(&mut [0; 16]);
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    assert!(!matches!(&closed, Err(error) if error.kind() == io::ErrorKind::WouldBlock));
    drop((held, refused));
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let mut stream = TcpStream::connect(running.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let asked = b"GET /health HTTP/1.1\r\nhost: kontor\r\nconnection: close\r\n\r\n";
        let mut answer = String::new();
        if stream.write_all(asked).is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 200")
        {
            break;
        }
        assert!(Instant::now() < deadline, "the places are free again: {answer}");
    }
    running.end();
}

#[test]
fn beyond_what_can_be_done_at_once_it_is_said_at_once() {
    let running = start(HttpSettings {
        drain_wait: Duration::ZERO,
        max_in_flight: 1,
        request_deadline: Duration::from_millis(1_500),
        ..HttpSettings::default()
    });
    let mut slow = TcpStream::connect(running.address).unwrap();
    slow.write_all(b"GET /api/v1/products/slow HTTP/1.1\r\nhost: kontor\r\n\r\n").unwrap();
    let deadline = Instant::now() + Duration::from_secs(1);
    let refused = loop {
        let answer = running.get("/api/v1/products/assam");
        if answer.starts_with("HTTP/1.1 503") {
            break answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
    };
    assert!(refused.contains("\"overloaded\"") && refused.contains("retry-after: 1"), "{refused}");
    assert!(running.get("/health").starts_with("HTTP/1.1 200"), "who watches is not counted");
    running.end();
}
