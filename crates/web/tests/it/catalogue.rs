use std::sync::Arc;

use actix_web::test::TestRequest;
use domain::{catalogue::CategoryKey, shared::page::Window};
use web::HttpSettings;

use crate::{site, site_with, stubs::*};

#[actix_web::test]
async fn a_product_is_shown_by_id_and_by_slug() {
    let site = site().await;
    let by_slug = site.get("/api/v1/products/assam").await;
    let by_id = site.get(&format!("/api/v1/products/{PRODUCT}")).await;
    assert_eq!(by_slug.body, by_id.body);
    let product = by_id.json();
    assert_eq!(product["price"], "107.99");
    assert_eq!(product["currency"], "RUB");
    assert_eq!(product["available"], 5);
    assert_eq!(product["in_stock"], true);
    assert_eq!(product["is_active"], true);
    assert_eq!(product["status"], "active");
    assert_eq!(product["variants"][0]["sku"], "A-1");
    assert_eq!(product["media"], serde_json::json!([]));
}

#[actix_web::test]
async fn what_the_client_has_already_is_not_sent_again() {
    let site = site().await;
    for path in [
        "/api/v1/products/assam",
        "/api/v1/products",
        "/api/v1/categories",
        "/api/v1/categories/all",
        "/api/v1/categories/tea-0",
        "/openapi.json",
        "/assets/swagger-ui.css",
    ] {
        let first = site.get(path).await;
        assert_eq!(first.status, 200, "{path}");
        let tag = first.header("etag").to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let request = TestRequest::get().uri(path).insert_header(("if-none-match", known));
            let answer = site.send(request).await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
            assert_eq!(answer.header("etag"), tag);
        }
        let other = TestRequest::get().uri(path).insert_header(("if-none-match", "\"other\""));
        assert_eq!(site.send(other).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn products_are_listed_in_windows_with_links() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.get("/api/v1/products?category=tea&limit=10&offset=20").await;
    assert_eq!(answer.json()["total"], 50);
    assert_eq!(answer.json()["next_cursor"], PRODUCT.to_string());
    assert_eq!(
        answer.header("link"),
        "</api/v1/products?category=tea&limit=10&offset=30>; rel=\"next\", \
         </api/v1/products?category=tea&limit=10&offset=10>; rel=\"prev\", \
         </api/v1/products?category=tea&limit=10&offset=0>; rel=\"first\""
    );
    let (filter, window) = stub.filter.lock().unwrap().take().unwrap();
    assert_eq!(filter.category, Some(CategoryKey::Slug("tea".into())));
    assert_eq!(window, Window::Offset { limit: 10, offset: 20 });

    let answer = site.get("/api/v1/products?page=3&size=20").await;
    assert_eq!(
        answer.header("link"),
        "</api/v1/products?page=2&per_page=20>; rel=\"prev\", \
         </api/v1/products?page=1&per_page=20>; rel=\"first\""
    );
    let window = stub.filter.lock().unwrap().take().unwrap().1;
    assert_eq!(window, Window::Offset { limit: 20, offset: 40 });

    let answer = site.get(&format!("/api/v1/products?limit=7&cursor={UNKNOWN}")).await;
    assert!(answer.json()["total"].is_null());
    assert_eq!(
        answer.header("link"),
        format!("</api/v1/products?limit=7&cursor={PRODUCT}>; rel=\"next\"")
    );
    let window = stub.filter.lock().unwrap().take().unwrap().1;
    assert_eq!(window, Window::After { limit: 7, after: UNKNOWN });
}

#[actix_web::test]
async fn categories_are_listed_in_windows_and_whole() {
    let site = site().await;
    let all = site.get("/api/v1/categories/all").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert!(all["next_cursor"].is_null());
    let first = site.get("/api/v1/categories?limit=2").await.json();
    assert_eq!((&first["total"], first["items"][1]["slug"].as_str()), (&3.into(), Some("tea-1")));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = site.get(&format!("/api/v1/categories?limit=2&cursor={cursor}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["slug"], "tea-2");
    assert!(rest["next_cursor"].is_null());
}

#[actix_web::test]
async fn a_head_is_answered_like_a_get() {
    let site = site().await;
    let request = TestRequest::with_uri("/api/v1/products/assam").method("HEAD".parse().unwrap());
    let answer = site.send(request).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.header("etag").is_empty());
}
