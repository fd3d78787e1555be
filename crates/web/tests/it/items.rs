//! Listings over HTTP.

use std::sync::Arc;

use actix_web::test::TestRequest;
use domain::{
    catalogue::{Listings, ProductFilter, ProductSort, ProductStatus, Side},
    identity::UserId,
};
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

fn offer(token: &str, body: &str) -> TestRequest {
    signed(json(TestRequest::post().uri("/api/v1/items"), body), token)
}

#[actix_web::test]
async fn a_listing_is_its_makers_draft_with_one_unit() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.send(offer("customer", r#"{"name":" Bicycle "}"#)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("/api/v1/items/{PRODUCT}"));
    let shown = answer.json();
    assert_eq!(
        (shown["owner_id"].as_str(), &shown["is_owner"]),
        (Some(&*CUSTOMER.to_string()), &true.into())
    );
    let made = stub.product_made.lock().unwrap().take().unwrap();
    assert_eq!((made.side, made.status, made.on_hand), (Side::Listing, ProductStatus::Draft, 1));
    assert_eq!((&*made.name, made.track_stock, made.actor.user.raw()), ("Bicycle", true, CUSTOMER));
    assert!(made.price.is_none() && made.slug.is_none() && made.category.is_none());

    let whole = r#"{"name":"a","description":"b","price":"1.50","currency":"RUB","quantity":3,"status":"active"}"#;
    assert_eq!(site.send(offer("other", whole)).await.status, 201);
    let made = stub.product_made.lock().unwrap().take().unwrap();
    assert_eq!((made.status, made.on_hand), (ProductStatus::Active, 3));
    for (body, pointer) in [
        (r#"{"name":" "}"#, "/name"),
        (r#"{"name":"a","quantity":-1}"#, "/quantity"),
        (r#"{"name":"a","quantity":1000001}"#, "/quantity"),
        (r#"{"name":"a","status":"archived"}"#, "/status"),
        (r#"{"name":"a","owner_id":"x"}"#, "/owner_id"),
        (r#"{"name":"a","slug":"b"}"#, "/slug"),
        (r#"{"name":"a","currency":"RUB"}"#, "/price"),
    ] {
        let answer = site.send(offer("customer", body)).await;
        assert_eq!(answer.problem(422), "invalid_body", "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn lists_are_of_listings_alone() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let (shown, own) = (Some(Listings::Shown), Some(Listings::Of(UserId::new(CUSTOMER))));
    for (path, listings, status, sort) in [
        ("/api/v1/items", shown, None, ProductSort::Newest),
        ("/api/v1/items/my", own, None, ProductSort::Newest),
        ("/api/v1/items/my?status=draft", own, Some(ProductStatus::Draft), ProductSort::Newest),
        ("/api/v1/items/search?q=bike", shown, None, ProductSort::Relevance),
    ] {
        let answer = site.send(signed(TestRequest::get().uri(path), "customer")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let (filter, sorted, _) = stub.filter.lock().unwrap().take().unwrap();
        assert_eq!((filter.listings, filter.status, sorted), (listings, status, sort), "{path}");
        assert_eq!(
            ProductFilter { listings: None, status: None, text: None, ..filter },
            ProductFilter::default()
        );
        let page = answer.json();
        assert_eq!(page["total"], 50);
        let cursor = page["next_cursor"].as_str().unwrap().to_owned();
        let next = format!("{path}{}cursor={cursor}", if path.contains('?') { "&" } else { "?" });
        assert_eq!(site.send(signed(TestRequest::get().uri(&next), "customer")).await.status, 200);
        let other = format!("/api/v1/items/search?q=other&cursor={cursor}");
        let foreign = site.send(TestRequest::get().uri(&other)).await;
        assert_eq!(foreign.problem(422), "invalid_query");
    }
    for path in ["/api/v1/items/search", "/api/v1/items/search?q=", "/api/v1/items?limit=0"] {
        assert_eq!(site.send(TestRequest::get().uri(path)).await.problem(422), "invalid_query");
    }
}

#[actix_web::test]
async fn a_draft_is_shown_to_its_owner_and_to_staff() {
    let site = site().await;
    let get = |id: uuid::Uuid| TestRequest::get().uri(&format!("/api/v1/items/{id}"));
    assert_eq!(site.send(get(PRODUCT)).await.json()["is_owner"], false);
    for (token, status, is_owner) in [
        ("other", 404, false),
        ("trainee", 404, false),
        ("customer", 200, true),
        ("staff", 200, false),
    ] {
        let answer = site.send(signed(get(DRAFT), token)).await;
        assert_eq!(answer.status, status, "{token}");
        match status {
            200 => assert_eq!(answer.json()["is_owner"], is_owner),
            _ => assert_eq!(answer.problem(404), "item_not_found"),
        }
    }
    assert_eq!(site.send(get(DRAFT)).await.problem(404), "item_not_found");
    let slug = site.send(TestRequest::get().uri("/api/v1/items/bicycle")).await;
    assert_eq!(slug.problem(422), "invalid_id");
}

#[actix_web::test]
async fn changes_are_asked_for_as_those_of_a_listing() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = format!("/api/v1/items/{PRODUCT}");
    let patch = |body: &str| signed(json(TestRequest::patch().uri(&path), body), "customer");
    let changed = site.send(patch(r#"{"name":"New","price":null,"description":null}"#)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let edited = stub.product_edited.lock().unwrap().take().unwrap();
    assert_eq!((edited.side, edited.changes.name.as_deref()), (Side::Listing, Some("New")));
    assert_eq!(
        (edited.changes.price, edited.changes.description.as_deref()),
        (Some(None), Some(""))
    );
    for (end, status) in [("activate", ProductStatus::Active), ("archive", ProductStatus::Archived)]
    {
        let moved = TestRequest::post().uri(&format!("{path}/{end}"));
        assert_eq!(site.send(signed(moved, "customer")).await.status, 200);
        let edited = stub.product_edited.lock().unwrap().take().unwrap();
        assert_eq!((edited.side, edited.changes.status), (Side::Listing, Some(status)));
    }
    assert_eq!(site.send(patch(r#"{"quantity":5}"#)).await.status, 200);
    let edited = stub.product_edited.lock().unwrap().take().unwrap();
    assert_eq!((edited.changes.on_hand, edited.changes.name), (Some(5), None));
    for body in [
        r#"{"status":"active"}"#,
        r#"{"quantity":-1}"#,
        r#"{"quantity":1000001}"#,
        r#"{"quantity":null}"#,
        r#"{"name":null}"#,
    ] {
        assert_eq!(site.send(patch(body)).await.problem(422), "invalid_body", "{body}");
    }
    let stale = patch("{}").insert_header(("if-match", "\"v1-0011223344556677\""));
    assert_eq!(site.send(stale).await.problem(412), "precondition_failed");
    let gone = signed(TestRequest::delete().uri(&path), "other");
    assert_eq!(site.send(gone).await.problem(404), "item_not_found");
}
