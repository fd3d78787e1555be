use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use web::{HttpSettings, Limit, Rate, RateLimits, operations};

use crate::{Site, json, signed, site, site_with, stubs::*};

const LOGIN: &str = "/api/v1/auth/login";
const ORDERS: &str = "/api/v1/orders";
const ORDER_BODY: &str =
    r#"{"items":[{"product_id":"00000000-0000-0000-0000-00000000001e","quantity":1}]}"#;

/// Two reads, three signed-in reads and one write at once.
async fn strict(stub: &Arc<Stub>) -> Site {
    stub.counts.store(true, Ordering::SeqCst);
    let rate = |burst| Rate { per_second: 1, burst };
    let rate_limits = RateLimits::default().rates(rate(2), rate(3), rate(1));
    site_with(stub, HttpSettings { rate_limits, ..HttpSettings::default() }).await
}

#[actix_web::test]
async fn every_answer_tells_what_is_left() {
    let site = site().await;
    let answer = site.get("/api/v1/products").await;
    assert_eq!(answer.header("ratelimit-policy"), r#""reads";q=100;w=5"#);
    assert_eq!(answer.header("ratelimit"), r#""reads";r=99;t=1"#);
    let answer = site.get_as("customer", "/api/v1/auth/me").await;
    assert_eq!(answer.header("ratelimit-policy"), r#""signed-in";q=200;w=4"#);
    let answer = site.post_as("customer", ORDERS, ORDER_BODY).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("ratelimit-policy"), r#""writes";q=20;w=4, "orders";q=10;w=60"#);
    assert_eq!(answer.header("ratelimit"), r#""writes";r=19;t=1, "orders";r=9;t=6"#);
    // Also a refusal tells.
    let refused = site.get("/api/v1/products/no-such-tea").await;
    assert_eq!((refused.status, refused.header("ratelimit")), (404, r#""reads";r=98;t=1"#));
}

#[actix_web::test]
async fn each_kind_of_call_has_a_limit_of_its_own() {
    let stub = Arc::new(Stub::default());
    let site = strict(&stub).await;
    for _ in 0..2 {
        assert_eq!(site.get("/api/v1/products").await.status, 200);
    }
    let refused = site.get("/api/v1/categories").await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), r#""reads";r=0;t=1"#);

    // Whoever is signed in is counted by the account,
    for _ in 0..3 {
        assert_eq!(site.get_as("customer", "/api/v1/auth/me").await.status, 200);
    }
    assert_eq!(site.get_as("customer", "/api/v1/auth/me").await.problem(429), "rate_limited");
    assert_eq!(site.get_as("other", "/api/v1/auth/me").await.status, 200);
    // and writes apart from reads.
    let log_out = || signed(TestRequest::post().uri("/api/v1/auth/logout"), "customer");
    assert_eq!(site.send(log_out()).await.status, 204);
    assert_eq!(site.send(log_out()).await.problem(429), "rate_limited");
}

#[actix_web::test]
async fn whoever_tries_tokens_is_counted_by_the_address() {
    let site = strict(&Arc::new(Stub::default())).await;
    for _ in 0..2 {
        assert_eq!(site.get_as("forged", "/api/v1/auth/me").await.problem(401), "token_invalid");
    }
    assert_eq!(site.get_as("forged", "/api/v1/auth/me").await.problem(429), "rate_limited");
    assert_eq!(site.get_as("customer", "/api/v1/auth/me").await.status, 200);
}

#[actix_web::test]
async fn who_watches_and_who_pays_may_always_come() {
    let site = strict(&Arc::new(Stub::default())).await;
    for operation in operations().filter(|known| known.limit == Limit::Unlimited) {
        for _ in 0..9 {
            let path = operation.path.replace("{provider}", "mock");
            let request = TestRequest::with_uri(&path).method(operation.method.parse().unwrap());
            let answer = site.send(json(request, "{}")).await;
            assert_ne!(answer.status, 429, "{path}");
            assert_eq!(answer.header("ratelimit"), "", "{path}");
        }
    }
    let unlimited: Vec<_> = operations()
        .filter(|known| known.limit == Limit::Unlimited)
        .map(|known| known.operation_id)
        .collect();
    let expected = [
        "receiveWebhook",
        "getLiveness",
        "getReadiness",
        "getHealth",
        "getApiHealth",
        "getDatabaseHealth",
        "getMetrics",
    ];
    assert_eq!(unlimited, expected);
}

#[actix_web::test]
async fn nobody_is_counted_where_limits_are_switched_off() {
    let stub = Arc::new(Stub::default());
    stub.throttled.store(true, Ordering::SeqCst);
    let settings = HttpSettings { rate_limit_enabled: false, ..HttpSettings::default() };
    let site = site_with(&stub, settings).await;
    for _ in 0..300 {
        let answer = site.get("/api/v1/products").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    assert!(stub.left.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn orders_and_refreshes_are_counted_with_all_processes() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    stub.throttled.store(true, Ordering::SeqCst);
    let refused = site.post_as("customer", ORDERS, ORDER_BODY).await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.header("retry-after"), "6");
    let refresh = r#"{"refresh_token":"good"}"#;
    let refused = site.post("/api/v1/auth/refresh", refresh).await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.header("ratelimit"), r#""writes";r=19;t=1, "refresh";r=0;t=6"#);
}

#[actix_web::test]
async fn a_guessed_account_says_when_to_come_back() {
    let site = site().await;
    let slowed = site.post(LOGIN, r#"{"login":"slowed@example.com","password":"x"}"#).await;
    assert_eq!(slowed.problem(429), "rate_limited");
    assert_eq!(slowed.header("retry-after"), "2");
    let blocked = site.post(LOGIN, r#"{"login":"blocked@example.com","password":"x"}"#).await;
    assert_eq!(blocked.problem(429), "login_blocked");
}

#[actix_web::test]
async fn a_device_is_recognised_by_a_cookie_that_only_signing_in_sees() {
    let stub = Arc::new(Stub::default());
    let settings =
        HttpSettings { public_url: "https://shop.example".into(), ..HttpSettings::default() };
    let site = site_with(&stub, settings).await;
    let body = r#"{"login":"ann","password":"x"}"#;
    let answer = site.post(LOGIN, body).await;
    let cookie = answer.header("set-cookie");
    for part in ["kontor_device=known;", "HttpOnly", "Secure", "SameSite=Lax", "Path=/api/v1/auth"]
    {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(cookie.contains("Max-Age=15552000"), "{cookie}");
    let request = json(TestRequest::post().uri(LOGIN), body);
    site.send(request.insert_header(("cookie", "a=b; kontor_device=known"))).await;
    let seen = stub.logged_in.lock().unwrap().clone().unwrap();
    assert_eq!(seen.known_device.unwrap().0, "known");
}
