//! Pages of other sites.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};
use web::HttpSettings;

use crate::{Site, site, site_with, stubs::*};

const PRODUCTS: &str = "/api/v1/products/assam";

async fn open_to(origins: &[&str]) -> Site {
    let cors_origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    site_with(&Arc::new(Stub::default()), HttpSettings { cors_origins, ..HttpSettings::default() })
        .await
}

fn from(origin: &str, path: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("origin", origin.to_owned()))
}

fn preflight(origin: &str) -> TestRequest {
    TestRequest::with_uri("/api/v1/orders")
        .method(Method::OPTIONS)
        .insert_header(("origin", origin.to_owned()))
        .insert_header(("access-control-request-method", "POST"))
        .insert_header(("access-control-request-headers", "authorization,idempotency-key"))
}

#[actix_web::test]
async fn no_other_site_is_allowed_unless_it_is_named() {
    let closed = site().await;
    let answer = closed.send(from("https://shop.example", PRODUCTS)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
    assert_eq!(closed.send(preflight("https://shop.example")).await.status, 405);

    let open = open_to(&["https://shop.example"]).await;
    let refused = open.send(from("https://evil.example", PRODUCTS)).await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let refused = open.send(preflight("https://evil.example")).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (400, ""));
}

#[actix_web::test]
async fn a_named_site_may_use_tokens_and_never_cookies() {
    let open = open_to(&["https://shop.example", "https://till.example"]).await;
    let allowed = open.send(preflight("https://shop.example")).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example");
    assert!(allowed.header("access-control-allow-methods").contains("POST"));
    assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(allowed.header("access-control-max-age"), "600");
    for path in [PRODUCTS, "/api/v1/products/unknown", "/api/v1/orders"] {
        let answer = open.send(from("https://till.example", path)).await;
        let origin = answer.header("access-control-allow-origin");
        assert_eq!(origin, "https://till.example", "failures can be read, too: {path}");
        assert!(answer.header("vary").to_lowercase().contains("origin"), "{path}");
        assert!(answer.header("access-control-expose-headers").contains("retry-after"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}

#[actix_web::test]
async fn everybody_is_a_star_without_credentials() {
    let open = open_to(&["*"]).await;
    let answer = open.send(from("https://anything.example", PRODUCTS)).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}
