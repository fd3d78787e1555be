//! Several processes over one data directory.

use std::{fs, os::unix::fs::PermissionsExt};

use acceptance::{Client, Stack, Surroundings};
#[cfg(feature = "services")]
use serde_json::Value;

use crate::program::Program;
#[cfg(feature = "services")]
use crate::program::until;

#[tokio::test]
async fn a_file_has_one_writer_and_any_number_of_lookers() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["seed", "--products", "40"]).await;
    let mut serving = program.start(&["serve"]);
    let url = serving.url().await;
    for arguments in [&["serve"][..], &["worker"], &["seed"], &["migrate", "up"], &["dev"]] {
        let refused = program.run(arguments).await;
        assert_eq!(refused.code, Some(1), "{arguments:?}: {}", refused.err);
        let reason = refused.reason();
        assert!(reason.contains("is in use by another process"), "{arguments:?}: {reason}");
    }
    program.is_healthy().await;
    let table = program.done(&["doctor"]).await;
    assert!(table.contains("D1") && table.contains("ok"), "{table}");
    assert!(program.done(&["migrate", "status"]).await.starts_with("applied "));
    let (status, page) = Client::anonymous(&url).get("/api/v1/products").await.unwrap();
    assert_eq!((status.as_u16(), &page["total"]), (200, &40.into()));
    serving.stop().await;
    program.is_healthy().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let refused = Program::within(&surroundings).with("HTTP__PORT", &port).run(&["serve"]).await;
    assert_eq!(refused.code, Some(1));
    let reason = refused.reason();
    assert!(reason.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{reason}");
}

#[tokio::test]
async fn production_begins_with_an_empty_folder_and_keeps_it_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path())
        .with("HTTP__PORT", "0")
        .with("APP__ENV", "production")
        .with("APP__PUBLIC_URL", "https://shop.example")
        .with("AUTH__SECRET", "k7Qm2vX9pL4sT8wZ1nB6yR3cF5hJ0dGa")
        .with("PAYMENTS__MOCK__ALLOW_IN_PRODUCTION", "true")
        .with("PAYMENTS__MOCK__WEBHOOK_SECRET", "Ga0dJ5hF3cR6yB1nZ8wT4sL9pX2vQm7k");
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(anybody.get("/health/ready").await.unwrap().0, 200);
    assert_eq!(anybody.get("/dev/mail").await.unwrap().0, 404);
    serving.terminate();
    let data = folder.path().join("data");
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!data.join("root-secret").exists());
    assert_eq!(serving.ended().await.code, Some(0));
    program.is_healthy().await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn two_processes_are_one_shop() {
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let (mut one, mut other) = (program.start(&["api"]), program.start(&["api"]));
    let (here, there) = (one.url().await, other.url().await);
    let ann = Client::anonymous(&here).register("ann@example.com").await.unwrap();
    let token = bearer(&ann);
    let ann_there = Client::anonymous(&there).with_token(&token);
    let (status, me) = ann_there.get("/api/v1/users/me").await.unwrap();
    assert_eq!((status.as_u16(), &me["email"]), (200, &"ann@example.com".into()));
    let (status, _) = ann.post("/api/v1/auth/logout", &Value::Null).await.unwrap();
    assert_eq!(status, 204);
    until("the session has ended on the other one too", async || {
        let (status, _) = ann_there.get("/api/v1/users/me").await.unwrap();
        (status == 401).then_some(())
    })
    .await;
    one.terminate();
    other.terminate();
    assert_eq!((one.ended().await.code, other.ended().await.code), (Some(0), Some(0)));
    surroundings.clear().await.unwrap();
}

#[cfg(feature = "services")]
fn bearer(client: &Client) -> String {
    let request = client.request(reqwest::Method::GET, "/").build().unwrap();
    let header = request.headers()[reqwest::header::AUTHORIZATION].to_str().unwrap();
    header.trim_start_matches("Bearer ").to_owned()
}
