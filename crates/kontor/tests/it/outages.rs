//! Services that are away.

use std::time::{Duration, Instant};

use acceptance::{Client, Stack, Surroundings};
use serde_json::json;
use tokio::net::TcpListener;

use crate::program::{Program, until};

#[tokio::test]
async fn orders_are_placed_while_redis_and_rabbitmq_are_away() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings)
        .with("REDIS__URL", "redis://127.0.0.1:1")
        .with("RABBITMQ__URL", "amqp://guest:guest@127.0.0.1:1/%2f");
    program.done(&["seed", "--products", "20"]).await;
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    until("it is ready and says what is missing", async || {
        let (status, health) = anybody.get("/health/ready").await.unwrap();
        (status == 200 && health["status"] == "degraded").then_some(())
    })
    .await;
    let ann = anybody.register("ann@example.com").await.unwrap();
    let product = anybody.products(1).await.unwrap().remove(0);
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (status, order) = ann.post("/api/v1/orders", &wanted).await.unwrap();
    assert_eq!(status, 201, "{order}");
    let pay = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
    let (status, payment) = ann.post(&pay, &json!({})).await.unwrap();
    assert_eq!(status, 201, "{payment}");
    ann.press(payment["id"].as_str().unwrap(), "pay").await.unwrap();
    let (_, paid) =
        ann.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(paid["status"], "paid");
    serving.stop().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_said_so_at_once() {
    // Takes connections and never says a word.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let silent = silent.local_addr().unwrap().port();
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    for port in [1, silent] {
        let url = format!("postgres://shop:hunter2@127.0.0.1:{port}/shop");
        let program = Program::within(&surroundings).with("DB__URL", &url);
        for arguments in [&["serve"][..], &["worker"], &["jobs", "list"], &["migrate", "up"]] {
            let began = Instant::now();
            let ended = program.run(arguments).await;
            let took = began.elapsed();
            assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.err);
            let reason = ended.reason();
            let said = format!("the database 127.0.0.1:{port}/shop: cannot connect");
            assert!(reason.contains(&said), "{arguments:?}: {reason}");
            assert!(!ended.err.contains("hunter2"), "{}", ended.err);
            assert!(took < Duration::from_secs(5), "{arguments:?} took {took:?}");
        }
    }
}

#[cfg(feature = "services")]
#[tokio::test]
async fn a_server_without_the_schema_is_not_served_from() {
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let program = Program::within(&surroundings);
    for arguments in [&["serve"][..], &["api"], &["worker"], &["seed"]] {
        let refused = program.run(arguments).await;
        assert_eq!(refused.code, Some(1), "{arguments:?}");
        assert!(refused.reason().contains("run `kontor migrate up`"), "{}", refused.err);
    }
    assert!(program.done(&["migrate", "status"]).await.starts_with("pending "));
    program.done(&["migrate", "up"]).await;
    assert!(program.done(&["migrate", "status"]).await.starts_with("applied "));
    program.done(&["seed", "--products", "20"]).await;
    let worker = program.start(&["worker"]);
    until("the queues are there", async || {
        (program.run(&["doctor"]).await.code == Some(0)).then_some(())
    })
    .await;
    worker.stop().await;
    program.is_healthy().await;
    surroundings.clear().await.unwrap();
}
