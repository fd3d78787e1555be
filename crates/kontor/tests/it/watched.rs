//! What a process tells of itself, to whoever watches it.

use std::collections::{BTreeSet, HashMap};

use acceptance::{Client, Stack, Surroundings};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use telemetry::{Kind, METRICS};

use crate::program::{Program, free_port, until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// What is not counted where there is neither Redis nor RabbitMQ.
const ELSEWHERE: [&str; 2] = ["kontor_redis_commands_total", "kontor_bus_returned_total"];

/// What `/metrics` said.
struct Told {
    text: String,
    numbers: HashMap<String, f64>,
}

impl Told {
    async fn at(url: &str) -> Self {
        let answer = reqwest::get(format!("{url}/metrics")).await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        let numbers = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(series, number)| (series.to_owned(), number.parse().unwrap()))
            .collect();
        Self { text, numbers }
    }

    /// 0 for what was not told.
    fn number(&self, series: &str) -> f64 {
        self.numbers.get(series).copied().unwrap_or_default()
    }

    /// Names of metrics, histograms by their own.
    fn names(&self) -> BTreeSet<&str> {
        let name = |line: &'_ str| -> Option<usize> { line.find([' ', '{']) };
        self.text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .filter_map(|line| name(line).map(|end| line.split_at(end).0))
            .collect()
    }
}

#[tokio::test]
async fn everything_a_shop_does_is_counted_under_documented_names() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["seed", "--products", "20"]).await;
    let mut serving = program.start(&["serve"]);
    let url = serving.url().await;
    let anybody = Client::anonymous(&url);
    let ann = anybody.register("ann@example.com").await.unwrap();
    let product = anybody.products(1).await.unwrap().remove(0);
    for _ in 0..3 {
        let shown = format!("/api/v1/products/{product}");
        assert_eq!(anybody.get(&shown).await.unwrap().0, 200);
    }
    let wanted = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
    let (status, order) = ann.post("/api/v1/orders", &wanted).await.unwrap();
    assert_eq!(status, 201, "{order}");
    let order = order["id"].as_str().unwrap();
    let (_, payment) =
        ann.post(&format!("/api/v1/payments/orders/{order}"), &json!({})).await.unwrap();
    ann.press(payment["id"].as_str().unwrap(), "pay").await.unwrap();
    assert_eq!(anybody.get("/api/v1/nothing-of-ours").await.unwrap().0, 404);

    let sent = "kontor_mails_total{outcome=\"sent\"}";
    let told = until("the mails are sent and the jobs are done", async || {
        let told = Told::at(&url).await;
        let expired = told.number("kontor_job_runs_total{name=\"expire_orders\",outcome=\"done\"}");
        let looked = told.number("kontor_backlog_last_seen_timestamp_seconds");
        (told.number(sent) >= 2.0 && expired >= 1.0 && looked > 0.0).then_some(told)
    })
    .await;
    for (series, at_least) in [
        (
            "kontor_http_requests_total{method=\"POST\",route=\"/api/v1/orders\",status=\"2xx\"}",
            1.0,
        ),
        ("kontor_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"4xx\"}", 1.0),
        (
            "kontor_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/products/{id}\"}",
            3.0,
        ),
        ("kontor_catalogue_answers_total{from=\"process\"}", 1.0),
        ("kontor_catalogue_answers_total{from=\"database\"}", 1.0),
        ("kontor_db_statement_duration_seconds_count", 20.0),
        ("kontor_db_group_size_count", 5.0),
        ("kontor_db_group_commit_duration_seconds_count", 5.0),
        ("kontor_db_connections{pool=\"write\",state=\"idle\"}", 0.0),
        ("kontor_relay_events_total{outcome=\"published\"}", 3.0),
        ("kontor_relay_lag_seconds_count", 3.0),
        ("kontor_messages_total{consumer=\"welcome_mail\",outcome=\"handled\"}", 1.0),
        ("kontor_message_lag_seconds_count{consumer=\"welcome_mail\"}", 1.0),
        ("kontor_provider_calls_total{provider=\"mock\",operation=\"create\",outcome=\"ok\"}", 1.0),
        ("kontor_provider_notices_total{provider=\"mock\",outcome=\"believed\"}", 1.0),
        ("kontor_job_last_done_timestamp_seconds{name=\"expire_orders\"}", 1e9),
        ("kontor_log_lines_total{level=\"error\"}", 0.0),
    ] {
        let number = told.numbers.get(series);
        assert!(number.is_some_and(|number| *number >= at_least), "{series}: {}", told.text);
    }
    assert_eq!(told.number("kontor_http_requests_in_flight"), 0.0);
    assert_eq!(told.number("kontor_dead_letters"), 0.0);
    assert!(!told.text.contains(order) && !told.text.contains(&product), "{}", told.text);

    let listed: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
    let told_names = told.names();
    assert_eq!(told_names.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new());
    let quiet = ["kontor_http_refused_total"];
    let silent: BTreeSet<_> = listed.difference(&told_names).copied().collect();
    assert_eq!(silent, ELSEWHERE.into_iter().chain(quiet).collect(), "{}", told.text);
    for metric in METRICS.iter().filter(|metric| told_names.contains(metric.name)) {
        let as_type = format!("# TYPE {} {}", metric.name, metric.kind.as_str());
        assert!(told.text.contains(&as_type), "{as_type}");
        let part = if matches!(metric.kind, Kind::Histogram(_)) { "_count" } else { "" };
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("{label}=\"")).collect();
        let line = told
            .numbers
            .keys()
            .find(|series| series.split('{').next() == Some(&format!("{}{part}", metric.name)));
        let line = line.unwrap_or_else(|| panic!("{} has no numbers", metric.name));
        assert!(labels.iter().all(|label| line.contains(label)), "{line} lacks of {labels:?}");
        assert_eq!(line.matches("=\"").count(), labels.len(), "{line}");
    }
    serving.stop().await;
}

#[tokio::test]
async fn whoever_is_sent_away_is_counted_by_why() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings)
        .with("RATE_LIMIT__ENABLED", "true")
        .with("RATE_LIMIT__READS_PER_SECOND", "1")
        .with("RATE_LIMIT__READS_BURST", "2");
    let mut serving = program.start(&["serve"]);
    let url = serving.url().await;
    let anybody = Client::anonymous(&url);
    let mut refused = 0.0;
    for _ in 0..9 {
        let (status, _) = anybody.get("/api/v1/products").await.unwrap();
        refused += if status == StatusCode::TOO_MANY_REQUESTS { 1.0 } else { 0.0 };
    }
    assert!(refused > 0.0);
    let told = Told::at(&url).await;
    assert_eq!(told.number("kontor_http_refused_total{code=\"rate_limited\"}"), refused);
    serving.stop().await;
}

#[tokio::test]
async fn metrics_have_a_port_of_their_own_or_none_when_told_so() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let port = free_port();
    let own = format!("http://127.0.0.1:{port}");
    let program = Program::within(&surroundings).with("METRICS__PORT", &port.to_string());
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(anybody.get("/metrics").await.unwrap().0, 404);
    assert_eq!(anybody.get("/health/live").await.unwrap().0, 200);
    assert!(Told::at(&own).await.number("process_open_fds") > 0.0);
    assert_eq!(reqwest::get(format!("{own}/health/ready")).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(format!("{own}/api/v1/products")).await.unwrap().status(), 404);
    // Two processes cannot have it.
    let refused = Program::within(&Surroundings::make(Stack::Embedded).await.unwrap())
        .with("METRICS__PORT", &port.to_string())
        .run(&["serve"])
        .await;
    assert_eq!(refused.code, Some(1));
    let said = format!("cannot listen on 127.0.0.1:{port}");
    assert!(refused.reason().contains(&said), "{}", refused.err);
    serving.stop().await;

    let program = program.with("METRICS__ENABLED", "false");
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(anybody.get("/metrics").await.unwrap().0, 404);
    assert_eq!(reqwest::get(format!("{own}/metrics")).await.unwrap().status(), 404);
    assert_eq!(reqwest::get(format!("{own}/health/live")).await.unwrap().status(), 200);
    serving.stop().await;
}

#[tokio::test]
async fn a_worker_on_its_own_says_how_it_is() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let port = free_port().to_string();
    let url = format!("http://127.0.0.1:{port}");
    let program = Program::within(&surroundings).with("WORKER__PORT", &port);
    let asked = program.run(&["healthcheck", "--worker"]).await;
    assert_eq!(asked.code, Some(1), "{}", asked.err);
    let working = program.start(&["worker"]);
    until("it is ready", async || ready(&url).await.filter(|(status, _)| *status == 200)).await;
    assert_eq!(ready(&url).await.unwrap().1["services"], json!({ "database": "ok" }));
    program.done(&["healthcheck", "--worker"]).await;
    until("it has looked at what waits", async || {
        let told = Told::at(&url).await;
        (told.number("kontor_backlog_last_seen_timestamp_seconds") > 0.0).then_some(())
    })
    .await;
    assert!(!Told::at(&url).await.names().contains("kontor_http_requests_total"));
    working.stop().await;
    assert!(reqwest::get(&url).await.is_err());

    // Nothing it is for can be done without its bus.
    let working = program
        .clone()
        .with("RABBITMQ__URL", "amqp://guest:guest@127.0.0.1:1/%2f")
        .start(&["worker"]);
    let (status, body) = until("it answers", async || ready(&url).await).await;
    assert_eq!((status.as_u16(), &body["status"]), (503, &json!("unavailable")));
    assert_eq!(body["services"], json!({ "broker": "down", "database": "ok" }));
    program.done(&["healthcheck", "--worker"]).await;
    working.stop().await;

    let unasked = program.with("WORKER__PORT", "0").run(&["healthcheck", "--worker"]).await;
    assert!(unasked.reason().contains("WORKER__PORT is 0"), "{}", unasked.err);
}

#[tokio::test]
async fn the_line_of_a_handled_message_names_the_request_and_the_trace() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    let port = free_port().to_string();
    let program = program.with("HTTP__PORT", &port).with("LOG__FORMAT", "json");
    let serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&format!("http://127.0.0.1:{port}"));
    until("it is there", async || anybody.get("/health/live").await.ok()).await;
    let registered = register(&anybody).await;
    assert_eq!(registered, 201);
    let line = until("the welcome is handled", async || {
        let lines = serving.err();
        let mut lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line["message"] == "handled")
    })
    .await;
    let span = &line["spans"][0];
    assert_eq!(span["name"], "handle", "{line}");
    assert_eq!(span["trace_id"], TRACE, "{line}");
    assert_eq!(span["request_id"], "r-1", "{line}");
    assert!(line["latency_us"].is_u64(), "{line}");
    serving.stop().await;
}

/// Registers somebody, as a part of a trace.
pub(crate) async fn register(anybody: &Client) -> StatusCode {
    anybody
        .request(Method::POST, "/api/v1/auth/register")
        .header("x-request-id", "r-1")
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({ "email": "ann@example.com", "password": "a long way to tipperary" }))
        .send()
        .await
        .unwrap()
        .status()
}

/// `None` while nobody answers.
async fn ready(url: &str) -> Option<(StatusCode, Value)> {
    let answer = reqwest::get(format!("{url}/health/ready")).await.ok()?;
    Some((answer.status(), answer.json().await.ok()?))
}
