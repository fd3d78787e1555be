//! kill -9 under load, again and again.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    rc::Rc,
    time::Duration,
};

use acceptance::{Client, Stack, Surroundings};
use config::{LoadOptions, Settings};
use domain::{messaging::DeadLetters, shared::ports::OutboxFeed};
use reqwest::StatusCode;
use serde_json::{Value, json};
use shaku::HasComponent;
use tokio::task::{JoinSet, LocalSet};

use crate::program::{Program, Running, free_port, until};

const KILLS: u64 = 20;
const BUYERS: usize = 6;

/// What one buyer was promised.
struct Promises {
    buyer: Client,
    /// Idempotency keys under which an order was asked for.
    asked: usize,
    /// Orders that were acknowledged.
    placed: BTreeSet<String>,
    /// Those of them whose payment was acknowledged.
    paid: BTreeSet<String>,
}

#[tokio::test]
async fn twenty_kills_of_the_one_process_lose_nothing() {
    Box::pin(LocalSet::new().run_until(nothing_promised_is_lost(Stack::Embedded))).await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn twenty_kills_of_api_and_worker_lose_nothing() {
    Box::pin(LocalSet::new().run_until(nothing_promised_is_lost(Stack::ScaledOut))).await;
}

async fn nothing_promised_is_lost(stack: Stack) {
    let surroundings = Surroundings::make(stack).await.unwrap();
    let port = free_port();
    let program = Program::within(&surroundings)
        .with("HTTP__PORT", &port.to_string())
        .with("LOG__LEVEL", "warn,kontor=info");
    program.done(&["migrate", "up"]).await;
    program.done(&["seed", "--products", "200"]).await;

    let anybody = Client::anonymous(&format!("http://127.0.0.1:{port}"));
    let mut processes = start(stack, &program);
    ready(&anybody).await;
    let products = Rc::new(anybody.products(100).await.unwrap());
    let is_over = Rc::new(Cell::new(false));
    let mut buyers = JoinSet::new();
    for at in 0..BUYERS {
        let buyer = anybody.register(&format!("buyer-{at}@example.com")).await.unwrap();
        buyers.spawn_local(buy(buyer, Rc::clone(&products), Rc::clone(&is_over)));
    }
    for kill in 0..KILLS {
        // Somewhere between 150 and 600 ms: each time in the middle of something else.
        tokio::time::sleep(Duration::from_millis(150 + kill * 7_919 % 451)).await;
        processes.into_iter().for_each(Running::kill);
        processes = start(stack, &program);
        ready(&anybody).await;
    }
    is_over.set(true);
    let mut kept = BTreeMap::new();
    while let Some(promises) = buyers.join_next().await {
        kept.extend(check(&promises.unwrap()).await);
    }
    let paid: BTreeSet<_> =
        kept.into_iter().filter(|(_, is_paid)| *is_paid).map(|(number, _)| number).collect();
    assert!(paid.len() > 50, "{} paid orders are no load", paid.len());

    everything_is_told(&surroundings).await;
    let mails = surroundings.dir().join("mail");
    until("every paid order has its mail", async || {
        (confirmed(&mails).len() >= paid.len()).then_some(())
    })
    .await;
    for process in processes {
        process.stop().await;
    }
    let confirmed = confirmed(&mails);
    assert_eq!(confirmed.iter().collect::<BTreeSet<_>>().len(), confirmed.len(), "told twice");
    assert_eq!(confirmed.into_iter().collect::<BTreeSet<_>>(), paid);
    program.is_healthy().await;
    surroundings.clear().await.unwrap();
}

fn start(stack: Stack, program: &Program) -> Vec<Running> {
    match stack {
        Stack::Embedded => vec![program.start(&["serve"])],
        Stack::ScaledOut => vec![program.start(&["api"]), program.start(&["worker"])],
    }
}

pub(crate) async fn ready(anybody: &Client) {
    until("it is ready", async || {
        let (status, _) = anybody.get("/health/ready").await.ok()?;
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

/// Places orders and pays every other one, repeating whatever was not answered.
async fn buy(buyer: Client, products: Rc<Vec<String>>, is_over: Rc<Cell<bool>>) -> Promises {
    let (mut placed, mut paid) = (BTreeSet::new(), BTreeSet::new());
    let mut asked = 0;
    while !is_over.get() {
        let product = &products[asked % products.len()];
        let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
        let order = insist(&buyer, "/api/v1/orders", &format!("order-{asked}"), &wanted).await;
        asked += 1;
        let id = order["id"].as_str().unwrap().to_owned();
        assert!(placed.insert(id.clone()), "two keys, one order");
        if asked % 2 == 0 {
            let pay = format!("/api/v1/payments/orders/{id}");
            let payment = insist(&buyer, &pay, &format!("pay-{asked}"), &json!({})).await;
            let payment = payment["id"].as_str().unwrap();
            until("the button works", async || {
                let status = buyer.press(payment, "pay").await.ok()?;
                assert!(is_answer(status) && status != 409, "{status}");
                (status == StatusCode::OK).then_some(())
            })
            .await;
            paid.insert(id);
        }
    }
    Promises { buyer, asked, placed, paid }
}

/// Asks under one key until there is an answer.
async fn insist(buyer: &Client, path: &str, key: &str, body: &Value) -> Value {
    until(path, async || {
        let (status, answer) = buyer.post_once(path, key, body).await.ok()?;
        if answer["code"] == "idempotency_key_in_progress" || !is_answer(status) {
            return None;
        }
        assert_eq!(status, StatusCode::CREATED, "{path}: {answer}");
        Some(answer)
    })
    .await
}

/// A store that is starting or ending may ask to come again.
fn is_answer(status: StatusCode) -> bool {
    status != StatusCode::SERVICE_UNAVAILABLE
}

/// Compares the store with what was promised; answers the number of each order, and whether it is
/// paid.
async fn check(promises: &Promises) -> BTreeMap<String, bool> {
    let Promises { buyer, asked, placed, paid } = promises;
    let mut kept = BTreeMap::new();
    let mut stored = BTreeSet::new();
    for page in 0_usize.. {
        let path = format!("/api/v1/orders/me?limit=100&offset={}", page * 100);
        let (status, page) = buyer.get(&path).await.unwrap();
        assert_eq!(status, 200, "{page}");
        let orders = page["items"].as_array().unwrap();
        if orders.is_empty() {
            break;
        }
        for order in orders {
            let id = order["id"].as_str().unwrap().to_owned();
            let is_paid = order["status"] == "paid";
            assert_eq!(is_paid, paid.contains(&id), "{order}");
            kept.insert(order["number"].as_str().unwrap().to_owned(), is_paid);
            stored.insert(id);
        }
    }
    assert_eq!(&stored, placed);
    assert_eq!((stored.len(), kept.len()), (*asked, *asked));
    kept
}

/// Waits until the outbox is empty; nothing may have been given up.
pub(crate) async fn everything_is_told(surroundings: &Surroundings) {
    let mut settings = Settings::load(LoadOptions {
        dir: surroundings.dir().to_owned(),
        env: surroundings.variables().to_vec(),
        overrides: Vec::new(),
    })
    .unwrap();
    settings.ensure_dev_secrets().unwrap();
    let looking = container::open_read_only(&settings).await.unwrap();
    let feed: &dyn OutboxFeed = looking.module.resolve_ref();
    until("the outbox is empty", async || {
        (feed.backlog().await.unwrap().waiting == 0).then_some(())
    })
    .await;
    let letters: &dyn DeadLetters = looking.module.resolve_ref();
    assert_eq!(letters.count().await.unwrap(), 0);
    looking.close().await;
}

/// Numbers of the orders that mails say are paid, one for each mail.
pub(crate) fn confirmed(mails: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(mails) else { return Vec::new() };
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| {
            let mail: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let subject = mail["subject"].as_str().unwrap();
            let number = subject.strip_prefix("Order ")?.strip_suffix(" is paid")?;
            Some(number.to_owned())
        })
        .collect()
}
