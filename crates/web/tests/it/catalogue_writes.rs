use std::sync::Arc;

use actix_web::test::TestRequest;
use domain::{
    catalogue::{CategoryId, CategoryRef, ProductKey, ProductStatus},
    shared::precondition::Precondition,
};
use serde_json::Value;
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

fn staff(request: TestRequest, body: &str) -> TestRequest {
    signed(json(request, body), "staff")
}

fn post(path: &str, body: &str) -> TestRequest {
    staff(TestRequest::post().uri(path), body)
}

fn patch(path: &str, body: &str) -> TestRequest {
    staff(TestRequest::patch().uri(path), body)
}

#[actix_web::test]
async fn a_product_is_made_with_what_was_asked_for() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body = r#"{"name":" Assam ","price":"107.99","currency":"RUB","category_name":"Tea",
        "description":"Malty\nand strong","slug":"assam","sku":"A-1","status":"draft","track_stock":false}"#;
    let answer = site.send(post("/api/v1/products", body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("/api/v1/products/{PRODUCT}"));
    assert!(answer.header("etag").starts_with("\"v1-"));
    let made = stub.product_made.lock().unwrap().take().unwrap();
    assert_eq!((&*made.name, &*made.description), ("Assam", "Malty\nand strong"));
    assert_eq!(made.category, Some(CategoryRef::Name("Tea".into())));
    assert_eq!((made.status, made.track_stock), (ProductStatus::Draft, false));
    assert_eq!(made.price.unwrap().amount, "107.99");
    assert_eq!((made.slug.unwrap().as_str(), made.sku.unwrap().as_str()), ("assam", "A-1"));

    let least = r#"{"name":"Assam","price":"1","currency":"JPY"}"#;
    assert_eq!(site.send(post("/api/v1/products", least)).await.status, 201);
    let made = stub.product_made.lock().unwrap().take().unwrap();
    assert_eq!((made.status, made.track_stock), (ProductStatus::Active, true));
    assert!(made.slug.is_none() && made.sku.is_none() && made.category.is_none());
}

#[actix_web::test]
async fn what_is_not_valid_is_told_at_its_place() {
    let site = site().await;
    let long = format!(r#"{{"name":"{}","price":"1","currency":"RUB"}}"#, "a".repeat(201));
    for (body, code, pointer) in [
        (r#"{"name":" ","price":"1","currency":"RUB"}"#, "invalid_body", "/name"),
        (&*long, "invalid_body", "/name"),
        (r#"{"name":"a\u0000","price":"1","currency":"RUB"}"#, "invalid_body", "/name"),
        (
            r#"{"name":"a","description":"\u0007","price":"1","currency":"RUB"}"#,
            "invalid_body",
            "/description",
        ),
        (r#"{"name":"a"}"#, "product_without_price", "/price"),
        (r#"{"name":"a","currency":"RUB"}"#, "invalid_body", "/price"),
        (r#"{"name":"a","price":"1"}"#, "currency_required", "/currency"),
        (r#"{"name":"a","price":"1.001","currency":"RUB"}"#, "malformed_amount", "/price"),
        (r#"{"name":"a","price":"-1","currency":"RUB"}"#, "malformed_amount", "/price"),
        (r#"{"name":"a","price":"10000000000.01","currency":"RUB"}"#, "malformed_amount", "/price"),
        (r#"{"name":"a","price":"1","currency":"rub"}"#, "unknown_currency", "/currency"),
        (r#"{"name":"a","price":1,"currency":"RUB"}"#, "invalid_body", "/price"),
        (r#"{"name":"a","price":"1","currency":"RUB","slug":"123"}"#, "invalid_body", "/slug"),
        (r#"{"name":"a","price":"1","currency":"RUB","slug":"all"}"#, "invalid_body", "/slug"),
        (r#"{"name":"a","price":"1","currency":"RUB","sku":"a b"}"#, "invalid_body", "/sku"),
        (
            r#"{"name":"a","price":"1","currency":"RUB","status":"archived"}"#,
            "invalid_body",
            "/status",
        ),
        (r#"{"name":"a","price":"1","currency":"RUB","stock":1}"#, "invalid_body", "/stock"),
        (
            r#"{"name":"a","price":"1","currency":"RUB","category_id":"00000000-0000-0000-0000-000000000001","category_name":"b"}"#,
            "invalid_body",
            "/category_name",
        ),
    ] {
        let answer = site.send(post("/api/v1/products", body)).await;
        assert_eq!(answer.problem(422), code, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let taken = r#"{"name":"a","price":"1","currency":"RUB","slug":"taken"}"#;
    assert_eq!(site.send(post("/api/v1/products", taken)).await.problem(409), "slug_taken");
}

#[actix_web::test]
async fn a_key_answers_the_same_again_and_is_asked_of_nobody() {
    let settings = HttpSettings { require_idempotency_key: true, ..HttpSettings::default() };
    let site = site_with(&Arc::new(Stub::default()), settings).await;
    let body = r#"{"name":"Assam","price":"1.00","currency":"RUB"}"#;
    let with_key = |key| post("/api/v1/products", body).insert_header(("idempotency-key", key));
    assert_eq!(site.send(post("/api/v1/products", body)).await.status, 201);
    assert_eq!(site.send(post("/api/v1/categories", r#"{"name":"Tea"}"#)).await.status, 201);
    let again = site.send(with_key("seen")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.text(), r#"{"id":"before"}"#);
    let running = site.send(with_key("running")).await;
    assert_eq!(running.problem(409), "idempotency_key_in_progress");
    assert_eq!(running.header("retry-after"), "1");
}

#[actix_web::test]
async fn an_absent_field_stays_and_null_clears_where_it_may() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let changes = async |body: &str| {
        let answer = site.send(patch("/api/v1/products/assam", body)).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        stub.product_edited.lock().unwrap().take().unwrap().changes
    };
    assert_eq!(changes("{}").await, Default::default());
    let cleared = changes(r#"{"category_id":null,"description":null,"price":null}"#).await;
    assert_eq!((cleared.category, cleared.price), (Some(None), Some(None)));
    assert_eq!(cleared.description.as_deref(), Some(""));
    let named = changes(r#"{"category_name":"tea","price":"5","track_stock":true}"#).await;
    assert_eq!(named.category, Some(Some(CategoryRef::Name("tea".into()))));
    assert_eq!((named.track_stock, named.price.unwrap().unwrap().currency), (Some(true), None));
    for body in [
        r#"{"name":null}"#,
        r#"{"slug":null}"#,
        r#"{"sku":null}"#,
        r#"{"status":null}"#,
        r#"{"track_stock":null}"#,
        r#"{"currency":"RUB"}"#,
        r#"{"price":null,"currency":"RUB"}"#,
        r#"{"id":"x"}"#,
        "[]",
    ] {
        let answer = site.send(patch("/api/v1/products/assam", body)).await;
        assert_eq!(answer.problem(422), "invalid_body", "{body}");
    }

    let whole = staff(TestRequest::put().uri("/api/v1/products/assam"), r#"{"name":"Assam"}"#);
    assert_eq!(site.send(whole).await.status, 200);
    let whole = stub.product_edited.lock().unwrap().take().unwrap().changes;
    assert_eq!((whole.category, whole.price), (Some(None), Some(None)));
    assert_eq!(whole.description.as_deref(), Some(""));
    assert!(whole.slug.is_none() && whole.sku.is_none() && whole.status.is_none());
}

#[actix_web::test]
async fn a_stale_tag_is_refused_and_the_answer_has_the_next_one() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let tag = site.get("/api/v1/products/assam").await.header("etag").to_owned();
    assert!(tag.starts_with("\"v3-"));
    let old = "\"v2-0123456789abcdef\"";
    let change = |tag: &str| {
        let request = patch("/api/v1/products/assam", r#"{"name":"Assam"}"#);
        site.send(request.insert_header(("if-match", tag.to_owned())))
    };
    let changed = change(&tag).await;
    assert_eq!(changed.status, 200);
    assert!(changed.header("etag").starts_with("\"v4-"));
    let command = stub.product_edited.lock().unwrap().take().unwrap();
    assert_eq!(command.precondition, Precondition::Versions(vec![3]));
    assert_eq!(command.product, ProductKey::Slug("assam".into()));
    for good in ["*".to_owned(), format!("{old}, {tag}")] {
        assert_eq!(change(&good).await.status, 200, "{good}");
    }
    for stale in [old.to_owned(), format!("W/{tag}"), "\"other\"".to_owned(), String::new()] {
        assert_eq!(change(&stale).await.problem(412), "precondition_failed", "{stale}");
    }
    for (method, path) in [
        ("PUT", "/api/v1/products/assam"),
        ("DELETE", "/api/v1/products/assam"),
        ("PUT", "/api/v1/categories/tea-0"),
        ("PATCH", "/api/v1/categories/tea-0"),
        ("DELETE", "/api/v1/categories/tea-0"),
    ] {
        let request = TestRequest::with_uri(path).method(method.parse().unwrap());
        let request = staff(request, r#"{"name":"x"}"#).insert_header(("if-match", old));
        assert_eq!(site.send(request).await.problem(412), "precondition_failed", "{method} {path}");
    }
}

#[actix_web::test]
async fn switching_says_which_way() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (verb, status) in
        [("activate", ProductStatus::Active), ("deactivate", ProductStatus::Inactive)]
    {
        let path = format!("/api/v1/products/{PRODUCT}/{verb}");
        let answer = site.send(signed(TestRequest::post().uri(&path), "staff")).await;
        assert_eq!(answer.status, 200);
        let command = stub.product_edited.lock().unwrap().take().unwrap();
        assert_eq!(command.changes.status, Some(status));
        let path = format!("/api/v1/categories/tea-0/{verb}");
        let answer = site.send(signed(TestRequest::post().uri(&path), "staff")).await;
        assert_eq!(answer.json()["is_active"], Value::Bool(verb == "activate"));
    }
    let unknown = format!("/api/v1/products/{UNKNOWN}/activate");
    let answer = site.send(signed(TestRequest::post().uri(&unknown), "staff")).await;
    assert_eq!(answer.problem(404), "product_not_found");
}

#[actix_web::test]
async fn a_category_is_placed_and_its_refusals_are_told() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let lost = format!(r#"{{"name":"Tea","parent_id":"{UNKNOWN}"}}"#);
    let made = site.send(post("/api/v1/categories", &lost)).await;
    assert_eq!(made.problem(404), "parent_not_found");
    assert_eq!(made.json()["errors"][0]["pointer"], "/parent_id");
    let answer = site.send(patch("/api/v1/categories/tea-0", &lost)).await;
    assert_eq!(answer.problem(409), "category_cycle");
    let rooted = site.send(patch("/api/v1/categories/tea-0", r#"{"parent_id":null}"#)).await;
    assert_eq!(rooted.status, 200);
    assert_eq!(stub.category_edited.lock().unwrap().take().unwrap().parent, Some(None));
    let below = format!(r#"{{"parent_id":"{PRODUCT}"}}"#);
    assert_eq!(site.send(patch("/api/v1/categories/tea-0", &below)).await.status, 200);
    let moved = stub.category_edited.lock().unwrap().take().unwrap();
    assert_eq!((moved.parent, moved.name), (Some(Some(CategoryId::new(PRODUCT))), None));
    let full = signed(TestRequest::delete().uri("/api/v1/categories/full"), "staff");
    assert_eq!(site.send(full).await.problem(409), "category_in_use");
}
