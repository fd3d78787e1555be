//! Several processes over one data directory.

use acceptance::{Client, Stack, Surroundings};

use crate::program::Program;

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
