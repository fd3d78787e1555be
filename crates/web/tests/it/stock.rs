use std::sync::Arc;

use domain::catalogue::{ProductId, VariantId};
use domain::inventory::{Counted, StockKey};
use uuid::Uuid;
use web::HttpSettings;

use crate::{site, site_with, stubs::*};

const VARIANT: Uuid = Uuid::from_u128(31);

fn path() -> String {
    format!("/api/v1/products/{PRODUCT}/stock")
}

#[actix_web::test]
async fn stock_has_the_shape_staff_relies_on() {
    let site = site().await;
    let answer = site.get_as("staff", &path()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stock = answer.json();
    for (field, expected) in [
        ("on_hand", 5),
        ("reserved", 2),
        ("allocated", 0),
        ("available", 3),
        ("backorder_limit", 0),
        ("low_stock_threshold", 1),
    ] {
        assert_eq!(stock[field], expected, "{field}");
    }
    assert_eq!((&stock["sku"], &stock["track_stock"]), (&"A-1".into(), &true.into()));
    assert_eq!(stock["variant_id"], VARIANT.to_string());
    let named = site.get_as("staff", &format!("{}?variant_id={VARIANT}", path())).await;
    assert_eq!(named.json(), stock);
    let other = format!("{}?variant_id={UNKNOWN}", path());
    assert_eq!(site.get_as("staff", &other).await.problem(404), "product_not_found");
    let odd = format!("{}?variant_id=odd", path());
    assert_eq!(site.get_as("staff", &odd).await.problem(422), "invalid_query");
}

#[actix_web::test]
async fn a_count_reaches_the_store_as_it_was_sent() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body = r#"{"on_hand":9,"reason":"  Stocktaking "}"#;
    let answer = site.put_as("staff", &path(), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&answer.json()["on_hand"], &answer.json()["available"]), (&9.into(), &7.into()));
    let plain = Counted {
        on_hand: 9,
        reason: "Stocktaking".into(),
        is_counted: None,
        backorder_limit: None,
        low_stock_threshold: None,
    };
    let product = ProductId::new(PRODUCT);
    let seen = stub.counted.lock().unwrap().take();
    assert_eq!(seen, Some((StockKey::Product(product), plain.clone())));

    let body = format!(
        r#"{{"on_hand":2.0,"reason":"x","variant_id":"{VARIANT}","track_stock":false,
            "backorder_limit":4,"low_stock_threshold":null}}"#
    );
    let answer = site.put_as("staff", &path(), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["available"], serde_json::Value::Null);
    let all = Counted {
        on_hand: 2,
        reason: "x".into(),
        is_counted: Some(false),
        backorder_limit: Some(4),
        low_stock_threshold: Some(None),
    };
    let key = StockKey::Variant(product, VariantId::new(VARIANT));
    assert_eq!(stub.counted.lock().unwrap().take(), Some((key, all)));
}

#[actix_web::test]
async fn a_count_that_cannot_be_taken_says_why() {
    let site = site().await;
    for (body, pointer) in [
        (r#"{"on_hand":-1,"reason":"x"}"#, "/on_hand"),
        (r#"{"on_hand":1.5,"reason":"x"}"#, "/on_hand"),
        (r#"{"on_hand":1000000001,"reason":"x"}"#, "/on_hand"),
        (r#"{"on_hand":1,"reason":" "}"#, "/reason"),
        (r#"{"on_hand":1,"reason":"a\u0000b"}"#, "/reason"),
        (r#"{"on_hand":1}"#, ""),
        (r#"{"on_hand":1,"reason":"x","on_hnad":2}"#, "/on_hnad"),
        (r#"{"on_hand":1,"reason":"x","backorder_limit":null}"#, "/backorder_limit"),
        (r#"{"on_hand":1,"reason":"x","low_stock_threshold":-1}"#, "/low_stock_threshold"),
        (r#"{"on_hand":1,"reason":"x","low_stock_threshold":2000000000}"#, "/low_stock_threshold"),
    ] {
        let answer = site.put_as("staff", &path(), body).await;
        assert_eq!(answer.problem(422), "invalid_body", "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let body = r#"{"on_hand":1,"reason":"x"}"#;
    let promised = site.put_as("staff", &path(), body).await;
    assert_eq!(promised.problem(409), "stock_promised");
    assert_eq!(
        (&promised.json()["reserved"], &promised.json()["allocated"]),
        (&2.into(), &0.into())
    );
    let unknown = format!("/api/v1/products/{UNKNOWN}/stock");
    assert_eq!(site.put_as("staff", &unknown, body).await.problem(404), "product_not_found");
}

#[actix_web::test]
async fn movements_are_a_list() {
    let site = site().await;
    let answer = site.get_as("staff", &format!("{}/movements?limit=1", path())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.json();
    assert_eq!((&page["total"], &page["items"][0]["kind"]), (&7.into(), &"adjust".into()));
    assert_eq!(page["items"][0]["on_hand_change"], -2);
    assert_eq!(page["items"][0]["reason"], "Broken");
    assert!(answer.header("link").contains("rel=\"next\""), "{}", answer.header("link"));
    let unknown = format!("/api/v1/products/{UNKNOWN}/stock/movements");
    assert_eq!(site.get_as("staff", &unknown).await.problem(404), "product_not_found");
}
