use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Once,
};

use actix_web::test::TestRequest;
use serde_json::Value;
use tracing::callsite::rebuild_interest_cache;

use crate::{json, signed, site};

thread_local! {
    /// What this thread logged: a test and the requests it makes stay on one.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take() -> Vec<Value> {
        let text = String::from_utf8(LINES.take()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// One listener for all tests: with one for each, a span that another thread meets for the first
/// time while a listener comes or goes may stay unheard.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(|| Lines)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    rebuild_interest_cache();
    LINES.take();
}

#[actix_web::test]
async fn every_request_leaves_one_line_with_its_id_and_no_secret() {
    let site = site().await;
    listen();
    let login = json(
        TestRequest::post().uri("/api/v1/auth/login?hidden=query"),
        r#"{"email":"ann@example.com","password":"hidden password"}"#,
    )
    .insert_header(("x-request-id", "r-1"));
    site.send(signed(login, "hidden-token")).await;
    let lines = Lines::take();
    let served: Vec<_> =
        lines.iter().filter(|line| line["fields"]["message"] == "served").collect();
    assert_eq!(served.len(), 1, "{lines:?}");
    let line = served[0];
    assert_eq!(line["span"]["request_id"], "r-1");
    assert_eq!(line["span"]["http.method"], "POST");
    assert_eq!(line["fields"]["http.route"], "/api/v1/auth/login");
    assert_eq!(line["fields"]["http.status"], 200);
    assert!(line["fields"]["latency_us"].is_u64());
    for line in &lines {
        let text = line.to_string();
        assert!(!text.contains("hidden") && !text.contains("ann@"), "{text}");
    }
}

#[actix_web::test]
async fn a_fault_leaves_its_causes_in_the_log_once() {
    let site = site().await;
    listen();
    site.get("/api/v1/products/down").await;
    let lines = Lines::take();
    let told: Vec<_> =
        lines.iter().filter(|line| line.to_string().contains("secret driver text")).collect();
    assert_eq!(told.len(), 1, "{lines:?}");
    assert_eq!(told[0]["fields"]["error.code"], "store_unavailable");
    assert!(told[0]["span"]["request_id"].is_string());
}
