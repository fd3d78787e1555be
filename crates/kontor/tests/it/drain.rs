//! SIGTERM while people are buying.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use acceptance::{Client, Stack, Surroundings};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::program::{Program, until};

/// How long requests are still served after readiness is gone.
const DRAIN_WAIT: Duration = Duration::from_secs(5);
/// Each takes part in the load.
const BUYERS: usize = 4;

/// What became of a buyer's requests.
struct Tally {
    buyer: Client,
    placed: usize,
    /// When the first one got no answer.
    cut: Instant,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_let_in_is_answered_when_it_is_told_to_stop() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let port = crate::program::free_port().to_string();
    let program = Program::within(&surroundings).with("HTTP__PORT", &port);
    program.done(&["seed", "--products", "200"]).await;
    let mut serving = program.start(&["serve"]);
    let address = serving.address().await;
    let anybody = Client::anonymous(&format!("http://{address}"));
    let products = Arc::new(anybody.products(100).await.unwrap());
    let mut buyers = JoinSet::new();
    for at in 0..BUYERS {
        let buyer = anybody.register(&format!("buyer-{at}@example.com")).await.unwrap();
        buyers.spawn(buy_until_cut(buyer, Arc::clone(&products)));
    }
    let slow = anybody.register("slow@example.com").await.unwrap();
    let slow_request = raw_order(&slow, &products[0]);

    let told = Instant::now();
    serving.terminate();
    until("readiness is gone", async || {
        let (status, body) = anybody.get("/health/ready").await.unwrap();
        (status == StatusCode::SERVICE_UNAVAILABLE && body["code"] == "stopping").then_some(())
    })
    .await;
    assert_eq!(anybody.get("/health/live").await.unwrap().0, 200);
    assert!(told.elapsed() < DRAIN_WAIT);

    // Half a request is in before the door closes, the other half comes after, and not too slowly.
    until("the door is about to close", async || {
        (told.elapsed() >= DRAIN_WAIT.saturating_sub(Duration::from_secs(1))).then_some(())
    })
    .await;
    let (head, tail) = slow_request.split_at(slow_request.len() - 10);
    let mut connection = TcpStream::connect(&address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    until("the door is closed", async || TcpStream::connect(&address).await.err()).await;
    assert!(told.elapsed() >= DRAIN_WAIT, "closed after {:?}", told.elapsed());
    connection.write_all(tail.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");

    let ended = serving.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(told.elapsed() < Duration::from_secs(25), "it took {:?}", told.elapsed());

    let mut restarted = program.start(&["serve"]);
    restarted.address().await;
    while let Some(tally) = buyers.join_next().await {
        let Tally { buyer, placed, cut } = tally.unwrap();
        assert!(cut > told + DRAIN_WAIT - Duration::from_millis(500), "cut too early");
        assert!(placed > 0);
        assert_eq!(orders_of(&buyer).await, placed, "an order was made and not answered");
    }
    assert_eq!(orders_of(&slow).await, 1);
    restarted.stop().await;
    program.is_healthy().await;
}

/// Places one order after another, each on a connection of its own.
async fn buy_until_cut(buyer: Client, products: Arc<Vec<String>>) -> Tally {
    let mut placed = 0;
    loop {
        let product = &products[placed % products.len()];
        let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
        let request = buyer.request(Method::POST, "/api/v1/orders").json(&wanted);
        match request.header(header::CONNECTION, "close").send().await {
            Ok(answer) => {
                assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
                placed += 1;
            }
            Err(_) => return Tally { buyer, placed, cut: Instant::now() },
        }
    }
}

fn raw_order(buyer: &Client, product: &str) -> String {
    let body = json!({ "items": [{ "product_id": product, "quantity": 1 }] }).to_string();
    let request = buyer.request(Method::POST, "/api/v1/orders").build().unwrap();
    let token = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
    format!(
        "POST /api/v1/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
         Authorization: {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn orders_of(buyer: &Client) -> usize {
    let (status, page) = buyer.get("/api/v1/orders/me?limit=1").await.unwrap();
    assert_eq!(status, 200, "{page}");
    page["total"].as_u64().and_then(|total| usize::try_from(total).ok()).unwrap()
}
