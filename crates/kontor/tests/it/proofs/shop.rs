#[cfg(feature = "services")]
use std::{collections::BTreeSet, time::Duration};

use acceptance::{Client, Stack, Surroundings};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    crash::ready,
    program::{Program, Running, free_port, until},
};
#[cfg(feature = "services")]
use crate::{
    crash::{confirmed, everything_is_told},
    program::until_in,
};

/// How long everything may take to reach its end once nothing fails any more.
#[cfg(feature = "services")]
const SETTLING: Duration = Duration::from_secs(180);

/// Who runs the shop.
const BOSS: &str = "boss@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// Products that are bought.
const GOODS: usize = 40;

/// A store of real processes with goods for everybody.
pub(crate) struct Shop {
    pub(crate) surroundings: Surroundings,
    program: Program,
    products: Vec<String>,
}

impl Shop {
    /// With goods, and no process yet.
    pub(crate) async fn open(surroundings: Surroundings) -> Self {
        let program = Program::within(&surroundings).with("LOG__LEVEL", "warn,kontor=info");
        program.done(&["migrate", "up"]).await;
        program.done(&["seed", "--products", "200"]).await;
        let boss = ["create-user", "--admin", "--email", BOSS, "--password-stdin"];
        assert_eq!(program.told(&boss, PASSWORD).await.code, Some(0));
        Self { surroundings, program, products: Vec::new() }
    }

    /// The processes of its stack: one, or an API and `workers`.
    pub(crate) async fn start(&mut self, workers: usize) -> (Client, Vec<Running>) {
        let embedded = self.surroundings.stack() == Stack::Embedded;
        let (api, anybody) = self.api(if embedded { "serve" } else { "api" }).await;
        let mut processes = vec![api];
        if !embedded {
            processes.extend((0..workers).map(|_| self.worker()));
        }
        (anybody, processes)
    }

    /// A process that answers HTTP, and its caller.
    pub(crate) async fn api(&mut self, command: &str) -> (Running, Client) {
        let anybody = Client::anonymous(&format!("http://127.0.0.1:{}", free_port()));
        let api = self.process_of(&anybody, command);
        ready(&anybody).await;
        if self.products.is_empty() {
            self.products = anybody.products(GOODS).await.unwrap();
            self.fill(&anybody).await;
        }
        (api, anybody)
    }

    /// Puts more in stock than anybody buys.
    async fn fill(&self, anybody: &Client) {
        let login = json!({ "email": BOSS, "password": PASSWORD });
        let (status, tokens) = anybody.post("/api/v1/auth/login", &login).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let boss = anybody.with_token(tokens["access_token"].as_str().unwrap());
        let plenty = json!({ "on_hand": 1_000_000, "reason": "a proof" });
        for product in &self.products {
            let path = format!("/api/v1/products/{product}/stock");
            let (status, stock) = boss.put(&path, &plenty).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{stock}");
        }
    }

    /// The API that `anybody` calls, after it ended.
    #[cfg(feature = "services")]
    pub(crate) async fn api_again(&self, anybody: &Client) -> Running {
        let api = self.process_of(anybody, "api");
        ready(anybody).await;
        api
    }

    fn process_of(&self, anybody: &Client, command: &str) -> Running {
        let (_, port) = anybody.address().rsplit_once(':').unwrap();
        self.program.clone().with("HTTP__PORT", port).start(&[command])
    }

    pub(crate) fn worker(&self) -> Running {
        self.program.start(&["worker"])
    }

    /// Any product.
    pub(crate) fn product(&self, at: usize) -> &str {
        &self.products[at % self.products.len()]
    }

    /// Places an order and pays it; each answer has to be a yes, at once. Answers its number.
    pub(crate) async fn buy(&self, buyer: &Client, at: usize) -> String {
        let wanted = json!({ "items": [{ "product_id": self.product(at), "quantity": 1 }] });
        let (status, order) = buyer.post("/api/v1/orders", &wanted).await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{order}");
        let pay = format!("/api/v1/payments/orders/{}", order["id"].as_str().unwrap());
        let (status, payment) = buyer.post(&pay, &json!({})).await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{payment}");
        let pressed = buyer.press(payment["id"].as_str().unwrap(), "pay").await.unwrap();
        assert_eq!(pressed, StatusCode::OK);
        order["number"].as_str().unwrap().to_owned()
    }

    /// Customers who are signed in.
    pub(crate) async fn buyers(&self, anybody: &Client, count: usize) -> Vec<Client> {
        let mut buyers = Vec::new();
        for at in 0..count {
            buyers.push(anybody.register(&format!("buyer-{at}@example.com")).await.unwrap());
        }
        buyers
    }

    /// Events that wait in the outbox.
    #[cfg(feature = "services")]
    pub(crate) async fn waiting(&self) -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        self.surroundings.count(sql).await.unwrap()
    }

    /// Every event is handled, and each of the `paid` orders has one mail that says so.
    #[cfg(feature = "services")]
    pub(crate) async fn has_told(&self, paid: &BTreeSet<String>) {
        until_in(SETTLING, "the outbox is empty", async || {
            (self.waiting().await == 0).then_some(())
        })
        .await;
        everything_is_told(&self.surroundings).await;
        let mails = self.surroundings.dir().join("mail");
        until_in(SETTLING, "every paid order has its mail", async || {
            (confirmed(&mails).len() >= paid.len()).then_some(())
        })
        .await;
        let confirmed = confirmed(&mails);
        let once: BTreeSet<_> = confirmed.iter().cloned().collect();
        assert_eq!(once.len(), confirmed.len(), "told twice");
        assert_eq!(&once, paid);
    }

    /// Ends the processes as a service manager does; the doctor has to find nothing.
    pub(crate) async fn close(self, processes: Vec<Running>) {
        for process in processes {
            process.stop().await;
        }
        self.program.is_healthy().await;
        self.surroundings.clear().await.unwrap();
    }
}

/// Does `count` things with `width` at once; answers what each came to, in any order.
pub(crate) async fn crowd<T: 'static>(
    count: usize,
    width: usize,
    act: impl AsyncFn(usize) -> T + Clone + 'static,
) -> Vec<T> {
    let mut acting = JoinSet::new();
    for first in 0..width {
        let act = act.clone();
        acting.spawn_local(async move {
            let mut came = Vec::new();
            for at in (first..count).step_by(width) {
                came.push(act(at).await);
            }
            came
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(came) = acting.join_next().await {
        all.extend(came.unwrap());
    }
    all
}

/// Looks for longer than anything takes.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(what, async || holds().await.then_some(())).await;
}
