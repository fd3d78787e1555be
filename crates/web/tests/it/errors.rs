use std::{sync::Arc, time::Duration};

use actix_web::test::TestRequest;
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

const REGISTER: &str = "/api/v1/auth/register";

#[actix_web::test]
async fn an_unknown_address_is_a_problem() {
    let site = site().await;
    for path in ["/nothing", "/api/v1", "/api/v1/nothing", "/api/v2/orders"] {
        assert_eq!(site.get(path).await.problem(404), "not_found", "{path}");
    }
}

#[actix_web::test]
async fn a_wrong_method_names_the_right_ones() {
    let site = site().await;
    for (method, path, allow) in [
        ("DELETE", "/api/v1/orders", "POST, GET, HEAD"),
        ("PUT", "/api/v1/orders/me", "GET, HEAD"),
        ("POST", "/api/v1/orders/me", "GET, HEAD"),
        ("GET", "/api/v1/auth/login", "POST"),
        ("OPTIONS", "/api/v1/products", "GET, HEAD, POST"),
        ("GET", "/api/v1/products/batch", "POST"),
        ("TRACE", "/health", "GET, HEAD"),
    ] {
        let request = TestRequest::with_uri(path).method(method.parse().unwrap());
        let answer = site.send(request).await;
        assert_eq!(answer.problem(405), "method_not_allowed", "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

#[actix_web::test]
async fn a_body_that_cannot_be_read_is_told_from_one_that_is_not_wanted() {
    let site = site().await;
    for body in [
        "",
        "{",
        "nonsense",
        r#"{"email":"#,
        "{} trailing",
        r#"{"email":5,"#,
        "{\"email\":\"\u{1}\"}",
        "\u{feff}{}",
    ] {
        assert_eq!(site.post(REGISTER, body).await.problem(400), "malformed_json", "{body}");
    }
    for (body, pointer) in [
        (r#"{"email":"a@example.com","password":"12345678","colour":"red"}"#, "/colour"),
        (r#"{"email":"a@example.com"}"#, ""),
        (r#"{"email":5,"password":"12345678"}"#, "/email"),
        (r#"{"email":"a@example.com","password":"12345678","username":null}"#, "/username"),
        ("[]", ""),
        (r#"["a@example.com","12345678"]"#, ""),
        ("null", ""),
    ] {
        let answer = site.post(REGISTER, body).await;
        assert_eq!(answer.problem(422), "invalid_body", "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn a_wrong_line_of_an_order_is_pointed_at() {
    let site = site().await;
    let body = format!(
        r#"{{"items":[{{"product_id":"{PRODUCT}","quantity":1}},{{"product_id":"{PRODUCT}","quantity":"2"}}]}}"#
    );
    let answer = site.post_as("customer", "/api/v1/orders", &body).await;
    assert_eq!(answer.problem(422), "invalid_body");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/items/1/quantity");
    // An array in the order of the fields is not an object.
    let body = format!(r#"{{"items":[["{PRODUCT}",null,1]]}}"#);
    let answer = site.post_as("customer", "/api/v1/orders", &body).await;
    assert_eq!(answer.problem(422), "invalid_body");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/items/0");
}

#[actix_web::test]
async fn a_body_of_another_kind_or_size_is_refused() {
    let site = site().await;
    let plain = TestRequest::post().uri(REGISTER).set_payload("{}");
    assert_eq!(site.send(plain).await.problem(415), "unsupported_media_type");
    let big = format!(r#"{{"email":"{}"}}"#, "a".repeat(64 * 1024));
    assert_eq!(site.post(REGISTER, &big).await.problem(413), "body_too_large");
    assert_eq!(site.post("/api/v1/auth/login", &big).await.problem(413), "body_too_large");
    let webhook = "/api/v1/payments/webhook/mock";
    assert_eq!(site.post(webhook, &big).await.problem(413), "body_too_large");
}

#[actix_web::test]
async fn a_packed_body_is_refused_whoever_it_is_for() {
    let site = site().await;
    let coded = |path: &str, coding: &'static str| {
        let request = TestRequest::post().uri(path).insert_header(("content-encoding", coding));
        json(request, "{}")
    };
    for path in [REGISTER, "/api/v1/auth/login", "/api/v1/payments/webhook/mock"] {
        for coding in ["gzip", "br", "zstd", "deflate", "rot13", "identity, gzip"] {
            let answer = site.send(coded(path, coding)).await;
            assert_eq!(answer.problem(415), "unsupported_media_type", "{path} {coding}");
            assert_eq!(answer.header("accept-encoding"), "identity");
        }
        assert_ne!(site.send(coded(path, "identity")).await.status, 415, "{path}");
    }
}

#[actix_web::test]
async fn a_malformed_id_is_refused_and_an_unknown_one_not_found() {
    let site = site().await;
    for path in ["/api/v1/orders/", "/api/v1/payments/"] {
        for id in ["1", "nonsense", "%00", "00000000000000000000000000000001"] {
            let answer = site.get_as("customer", &format!("{path}{id}")).await;
            assert_eq!(answer.problem(422), "invalid_id", "{path}{id}");
        }
        let answer = site.get_as("customer", &format!("{path}{UNKNOWN}")).await;
        assert!(answer.problem(404).ends_with("_not_found"));
    }
    for path in ["/api/v1/products/", "/api/v1/categories/"] {
        for id in ["Not-A-Slug", "%00", "a--b", "a_b"] {
            let answer = site.get(&format!("{path}{id}")).await;
            assert_eq!(answer.problem(422), "invalid_id", "{path}{id}");
        }
        assert!(site.get(&format!("{path}{UNKNOWN}")).await.problem(404).ends_with("_not_found"));
        for id in ["no-such", "12345", "00000000000000000000000000000001"] {
            let answer = site.get(&format!("{path}{id}")).await;
            assert!(answer.problem(404).ends_with("_not_found"), "{path}{id}");
        }
    }
}

#[actix_web::test]
async fn a_panic_is_answered_and_the_next_request_works() {
    let site = site().await;
    let body = r#"{"email":"panic@example.com","password":"long enough"}"#;
    let answer = site.post(REGISTER, body).await;
    assert_eq!(answer.problem(500), "internal");
    assert!(!answer.text().contains("a bug"), "{}", answer.text());
    assert_eq!(site.get("/health").await.status, 200);
    assert_eq!(site.post(REGISTER, body).await.problem(500), "internal");
}

#[actix_web::test]
async fn faults_inside_are_told_in_constant_words() {
    let site = site().await;
    for (who, status, code) in [
        ("busy", 503, "hashing_busy"),
        ("lost", 503, "outcome_unknown"),
        ("corrupt", 500, "internal"),
    ] {
        let body = format!(r#"{{"email":"{who}@example.com","password":"long enough"}}"#);
        let answer = site.post(REGISTER, &body).await;
        assert_eq!(answer.problem(status), code);
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
    let down = site.get("/api/v1/products/down").await;
    assert_eq!(down.problem(503), "store_unavailable");
    assert!(!down.text().contains("secret"));
}

#[actix_web::test]
async fn what_takes_too_long_is_ended() {
    let settings =
        HttpSettings { request_deadline: Duration::from_millis(50), ..HttpSettings::default() };
    let site = site_with(&Arc::new(Stub::default()), settings).await;
    assert_eq!(site.get("/api/v1/products/slow").await.problem(503), "deadline_exceeded");
}

#[actix_web::test]
async fn a_request_id_is_echoed_when_it_is_a_word_and_replaced_when_not() {
    let site = site().await;
    let ask = |id: &'static str| {
        site.send(TestRequest::get().uri("/nothing").insert_header(("x-request-id", id)))
    };
    let echoed = ask("abc-1.2_3").await;
    assert_eq!(echoed.header("x-request-id"), "abc-1.2_3");
    assert_eq!(echoed.json()["request_id"], "abc-1.2_3");
    for bad in ["a b", "", "é", "<script>"] {
        let answer = ask(bad).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
        assert_eq!(answer.problem(404), "not_found");
    }
    assert_ne!(
        site.get("/health").await.header("x-request-id"),
        site.get("/health").await.header("x-request-id")
    );
}

#[actix_web::test]
async fn a_trailing_slash_is_ignored_without_a_redirect() {
    let site = site().await;
    for path in ["/health/", "/api/v1/products/", "/api/v1/products/assam/", "/docs/"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(site.get_as("customer", "/api/v1/orders/me/").await.status, 200);
    let login = r#"{"email":"a@example.com","password":"x"}"#;
    assert_eq!(site.post("/api/v1/auth/login/", login).await.status, 200);
}

#[actix_web::test]
async fn every_answer_has_the_security_headers() {
    let site = site().await;
    for path in ["/health", "/nothing", "/api/v1/products", "/docs", "/api/v1/auth/me"] {
        let answer = site.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    }
    let me = site.get_as("customer", "/api/v1/auth/me").await;
    assert_eq!(me.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let site = site().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=-1",
        "limit=+5",
        "limit=1&limit=2",
        "offset=99999999999999999999",
        "page=0",
        "per_page=1000",
        "size=",
        "cursor=nonsense",
    ] {
        for path in ["/api/v1/products", "/api/v1/orders", "/api/v1/orders/me"] {
            let request = signed(TestRequest::get().uri(&format!("{path}?{query}")), "staff");
            let answer = site.send(request).await;
            assert_eq!(answer.problem(422), "invalid_query", "{path}?{query}");
        }
    }
    let answer = site.get("/api/v1/products?category=%00").await;
    assert_eq!(answer.problem(422), "invalid_query");
    assert_eq!(answer.json()["errors"][0]["pointer"], "?category");
}

#[actix_web::test]
async fn an_idempotency_key_is_visible_ascii() {
    let site = site().await;
    let body = format!(r#"{{"items":[{{"product_id":"{PRODUCT}","quantity":1}}]}}"#);
    for key in ["", "a b", "é", &"a".repeat(256)] {
        let request = json(TestRequest::post().uri("/api/v1/orders"), &body)
            .insert_header(("idempotency-key", key));
        let answer = site.send(signed(request, "customer")).await;
        assert_eq!(answer.problem(400), "idempotency_key_malformed", "{key}");
    }
}

#[actix_web::test]
async fn an_idempotency_key_can_be_made_a_duty() {
    let settings = HttpSettings { require_idempotency_key: true, ..HttpSettings::default() };
    let site = site_with(&Arc::new(Stub::default()), settings).await;
    let body = format!(r#"{{"items":[{{"product_id":"{PRODUCT}","quantity":1}}]}}"#);
    let bare = site.post_as("customer", "/api/v1/orders", &body).await;
    assert_eq!(bare.problem(428), "idempotency_key_required");
    let request = json(TestRequest::post().uri("/api/v1/orders"), &body)
        .insert_header(("idempotency-key", "k"));
    assert_eq!(site.send(signed(request, "customer")).await.status, 201);
}

#[actix_web::test]
async fn transport_security_is_asked_for_where_the_store_is_public_by_https() {
    let settings =
        HttpSettings { public_url: "https://shop.example".into(), ..HttpSettings::default() };
    let public = site_with(&Arc::new(Stub::default()), settings).await;
    let answer = public.get("/health").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(site().await.get("/health").await.header("strict-transport-security"), "");
}
