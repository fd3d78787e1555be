use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use web::HttpSettings;

use crate::stubs::Stub;

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: kontor\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn at_shutdown_readiness_goes_first_and_then_the_server() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let settings = HttpSettings {
            workers: Some(1),
            drain_wait: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(5),
            ..HttpSettings::default()
        };
        let shutdown = async move { stopped.await.unwrap() };
        actix_web::rt::System::new().block_on(web::serve(
            Arc::new(Stub::default()).services(),
            settings,
            listener,
            shutdown,
        ))
    });
    assert!(ask(address, "/health/ready").starts_with("HTTP/1.1 200"));
    stop.send(()).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(1);
    loop {
        let ready = ask(address, "/health/ready");
        if ready.starts_with("HTTP/1.1 503") {
            assert!(ready.contains("\"stopping\""), "{ready}");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{ready}");
    }
    assert!(ask(address, "/api/v1/products/assam").starts_with("HTTP/1.1 200"));
    server.join().unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err());
}
