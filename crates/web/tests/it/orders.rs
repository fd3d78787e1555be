use std::sync::Arc;

use actix_web::test::TestRequest;
use domain::{
    catalogue::VariantId,
    identity::UserId,
    ordering::{OfferKey, OrderFilter, OrderStatus, PaymentStatus, WantedLine},
};
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

const ORDERS: &str = "/api/v1/orders";

fn order_of(product: uuid::Uuid, quantity: &str) -> String {
    format!(r#"{{"items":[{{"product_id":"{product}","quantity":{quantity}}}]}}"#)
}

#[actix_web::test]
async fn a_placed_order_has_the_shape_clients_rely_on() {
    let site = site().await;
    let answer = site.post_as("customer", ORDERS, &order_of(PRODUCT, "2")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("/api/v1/orders/{ORDER}"));
    assert_eq!(answer.header("idempotent-replayed"), "");
    let order = answer.json();
    assert_eq!(order["total_price"], "215.98");
    assert_eq!(order["currency"], "RUB");
    assert_eq!(order["status"], "pending");
    assert_eq!(order["payment_status"], "none");
    assert_eq!(order["fulfilment_status"], "unfulfilled");
    assert_eq!(order["user_id"], CUSTOMER.to_string());
    assert_eq!(order["expires_at"], "2026-11-20T12:00:00Z");
    assert_eq!(order["items"][0]["price"], "107.99");
    assert_eq!(order["items"][0]["quantity"], 2);
    assert_eq!(order["items"][0]["product_id"], PRODUCT.to_string());
}

#[actix_web::test]
async fn a_pending_order_is_edited_and_others_say_why_not() {
    let site = site().await;
    let edit = async |order: uuid::Uuid, quantity: &str| {
        let request = TestRequest::patch().uri(&format!("{ORDERS}/{order}"));
        site.send(signed(json(request, &order_of(PRODUCT, quantity)), "staff")).await
    };
    let edited = edit(ORDER, "3").await;
    assert_eq!((edited.status, &edited.json()["status"]), (200, &"pending".into()));
    let refused = edit(PAID_ORDER, "3").await;
    assert_eq!(refused.problem(409), "invalid_transition");
    assert_eq!(refused.json()["allowed"], serde_json::json!(["deliver"]));
    assert_eq!(edit(ORDER, "999").await.problem(409), "order_being_paid");
    assert_eq!(edit(UNKNOWN, "3").await.problem(404), "order_not_found");
    assert_eq!(edit(ORDER, "1.5").await.problem(422), "invalid_body");
}

const ADDRESS: &str = r#"{"name":" Ann Lee ","line1":"1 Long Street","line2":null,"city":"Berlin",
    "postal_code":"10115","country":"DE","phone":"+49 30 123456"}"#;

fn with(field: &str, value: &str) -> String {
    let order = order_of(PRODUCT, "2");
    format!(r#"{},"{field}":{value}}}"#, order.strip_suffix('}').unwrap())
}

#[actix_web::test]
async fn an_order_says_where_it_goes_and_what_is_wrong_with_an_address() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let placed = site.post_as("customer", ORDERS, &with("shipping_address", ADDRESS)).await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    let given = stub.particulars.lock().unwrap().take().unwrap();
    let address = given.shipping_address.unwrap();
    assert_eq!((&*address.name, address.line2, address.company), ("Ann Lee", None, None));
    assert_eq!(
        (&*address.country.to_string(), address.phone.as_deref()),
        ("DE", Some("+49 30 123456"))
    );
    assert_eq!((given.billing_address, given.note), (None, None));
    site.post_as("customer", ORDERS, &with("note", r#""Ring\ntwice ""#)).await;
    let given = stub.particulars.lock().unwrap().take().unwrap();
    assert_eq!((given.shipping_address, given.note.as_deref()), (None, Some("Ring\ntwice")));

    let long = format!("\"{}\"", "x".repeat(1_001));
    let address = |from: &str, to: &str| ADDRESS.replace(from, to);
    for (field, value, pointer) in [
        ("note", long.clone(), "/note"),
        ("note", "7".into(), "/note"),
        ("note", "null".into(), "/note"),
        ("shipping_address", "null".into(), "/shipping_address"),
        ("shipping_address", "[]".into(), "/shipping_address"),
        ("shipping_address", address("DE", "ZZ"), "/shipping_address/country"),
        ("shipping_address", address("DE", "de"), "/shipping_address/country"),
        ("shipping_address", address("Berlin", " "), "/shipping_address/city"),
        ("billing_address", address("10115", ""), "/billing_address/postal_code"),
        ("billing_address", address("+49 30 123456", "ring me"), "/billing_address/phone"),
        ("billing_address", address("1 Long Street", "1\\u0007"), "/billing_address/line1"),
        ("billing_address", address("line2", "zip"), "/billing_address/zip"),
    ] {
        let refused = site.post_as("customer", ORDERS, &with(field, &value)).await;
        assert_eq!(refused.problem(422), "invalid_body", "{field} {value}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{value}");
    }
    assert!(stub.particulars.lock().unwrap().is_none());

    for token in ["customer", "staff"] {
        let shown = site.get_as(token, &format!("{ORDERS}/{ORDER}")).await.json();
        assert_eq!(shown["shipping_address"]["city"], "Berlin", "{token}");
        assert_eq!((&shown["billing_address"], &shown["note"]), (&().into(), &().into()));
    }
    let listed = site.get_as("customer", "/api/v1/orders/me").await.json();
    let first = listed["items"][0].as_object().unwrap();
    assert!(!first.contains_key("shipping_address"), "lists have no addresses");
}

#[actix_web::test]
async fn addresses_and_note_of_a_pending_order_are_changed_one_by_one() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let edit = async |body: &str| {
        let request = TestRequest::patch().uri(&format!("{ORDERS}/{ORDER}"));
        site.send(signed(json(request, body), "staff")).await
    };
    let edited = edit(&format!(r#"{{"shipping_address":{ADDRESS},"note":null}}"#)).await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    assert_eq!(edited.json()["shipping_address"]["country"], "DE");
    let command = stub.order_edited.lock().unwrap().take().unwrap();
    assert!(command.wanted.is_none() && command.change.billing_address.is_none());
    assert_eq!(command.change.note, Some(None));
    assert_eq!(command.change.shipping_address.flatten().unwrap().city, "Berlin");
    edit(r#"{"billing_address":null}"#).await;
    let command = stub.order_edited.lock().unwrap().take().unwrap();
    assert_eq!(command.change.billing_address, Some(None));
    for (body, pointer) in [
        (r#"{"items":null}"#, "/items"),
        (r#"{"billing_address":{"name":"Ann"}}"#, "/billing_address"),
        (r#"{"promo_code":"TEA"}"#, "/promo_code"),
    ] {
        let refused = edit(body).await;
        assert_eq!(refused.problem(422), "invalid_body", "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn staff_looks_for_orders_by_everything_given() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = format!(
        "{ORDERS}?user_id={CUSTOMER}&status=pending&payment_status=none&number=k-7q2m4x9a\
         &created_from=2026-11-20T12:00:00Z&created_before=2026-11-20T12:00:00Z&limit=5"
    );
    let found = site.get_as("staff", &path).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let expected = OrderFilter {
        owner: Some(UserId::new(CUSTOMER)),
        status: Some(OrderStatus::Pending),
        payment_status: Some(PaymentStatus::None),
        number: Some("K-7Q2M4X9A".into()),
        created_from: Some(NOW),
        created_before: Some(NOW),
    };
    assert_eq!(stub.order_filter.lock().unwrap().take(), Some(expected));
    for bad in ["status=lost", "payment_status=x", "user_id=me", "created_from=today"] {
        let refused = site.get_as("staff", &format!("{ORDERS}?{bad}")).await;
        assert_eq!(refused.problem(422), "invalid_query", "{bad}");
    }
}

#[actix_web::test]
async fn variants_and_whole_floats_are_taken() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body =
        format!(r#"{{"items":[{{"variant_id":"{PRODUCT}","quantity":3.0}}],"currency":"RUB"}}"#);
    assert_eq!(site.post_as("customer", ORDERS, &body).await.status, 201);
    let (wanted, key) = stub.wanted.lock().unwrap().take().unwrap();
    let what = OfferKey::Variant(VariantId::new(PRODUCT));
    assert_eq!(wanted, vec![WantedLine { what, quantity: 3 }]);
    assert_eq!(key, None);
}

#[actix_web::test]
async fn an_order_that_cannot_be_placed_says_why() {
    let site = site().await;
    for (body, status, code, pointer) in [
        (r#"{"items":[]}"#.to_owned(), 422, "order_line_count", None),
        (order_of(PRODUCT, "0"), 422, "order_quantity", Some("/items/0")),
        (order_of(PRODUCT, "1001"), 422, "order_quantity", Some("/items/0")),
        (order_of(PRODUCT, "-1"), 422, "invalid_body", Some("/items/0/quantity")),
        (order_of(PRODUCT, "1.5"), 422, "invalid_body", Some("/items/0/quantity")),
        (order_of(PRODUCT, "99999999999"), 422, "invalid_body", Some("/items/0/quantity")),
        (order_of(UNKNOWN, "1"), 404, "product_not_found", Some("/items/0")),
        (r#"{"items":[{"quantity":1}]}"#.to_owned(), 422, "invalid_body", Some("/items/0")),
        (
            r#"{"items":[{"product_id":"1","quantity":1}]}"#.to_owned(),
            422,
            "invalid_body",
            Some("/items/0/product_id"),
        ),
        (r#"{"items":[],"currency":"ABC"}"#.to_owned(), 422, "unknown_currency", Some("/currency")),
        (r#"{"items":[],"promo":"x"}"#.to_owned(), 422, "invalid_body", Some("/promo")),
    ] {
        let answer = site.post_as("customer", ORDERS, &body).await;
        assert_eq!(answer.problem(status), code, "{body}");
        if let Some(pointer) = pointer {
            assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
        }
    }
}

#[actix_web::test]
async fn every_short_line_is_named() {
    let site = site().await;
    let answer = site.post_as("customer", ORDERS, &order_of(PRODUCT, "999")).await;
    assert_eq!(answer.problem(409), "out_of_stock");
    assert_eq!(
        answer.json()["shortages"],
        serde_json::json!([
            { "variant_id": PRODUCT, "wanted": 999, "left": 5 },
            { "variant_id": UNKNOWN, "wanted": 999, "left": 0 },
        ])
    );
}

#[actix_web::test]
async fn an_idempotency_key_is_bound_to_the_user_and_the_bytes() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let send = async |key: &'static str, token: &str, body: &str| {
        let request =
            json(TestRequest::post().uri(ORDERS), body).insert_header(("idempotency-key", key));
        site.send(signed(request, token)).await
    };
    let key_of = || stub.wanted.lock().unwrap().take().unwrap().1.unwrap();
    let body = order_of(PRODUCT, "1");
    assert_eq!(send("k", "customer", &body).await.status, 201);
    let first = key_of();
    assert_eq!(first.key, "k");
    assert_eq!(first.scope, format!("place_order:{CUSTOMER}"));
    send("k", "customer", &body).await;
    assert_eq!(key_of(), first);
    send("k", "customer", &order_of(PRODUCT, "2")).await;
    assert_ne!(key_of().fingerprint, first.fingerprint);
    send("k", "other", &body).await;
    assert_ne!(key_of().scope, first.scope);

    let replayed = send("seen", "customer", &body).await;
    assert_eq!(replayed.status, 201);
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    assert_eq!(replayed.header("location"), "/api/v1/orders/before");
    assert_eq!(replayed.header("content-type"), "application/json");
    assert_eq!(replayed.text(), r#"{"id":"before"}"#);
    let other = send("other", "customer", &body).await;
    assert_eq!(other.problem(422), "idempotency_key_mismatch");
    let running = send("running", "customer", &body).await;
    assert_eq!(running.problem(409), "idempotency_key_in_progress");
    assert_eq!(running.header("retry-after"), "1");
}

#[actix_web::test]
async fn an_order_is_shown_with_what_is_included() {
    let site = site().await;
    let path = format!("{ORDERS}/{ORDER}");
    let plain = site.get_as("customer", &path).await.json();
    assert_eq!(plain["id"], ORDER.to_string());
    assert!(plain.get("timeline").is_some_and(serde_json::Value::is_null));
    let full = site.get_as("customer", &format!("{path}?include=timeline,payments")).await.json();
    assert_eq!(full["timeline"][0]["event"], "ordering.order_placed.v1");
    assert_eq!(full["payments"][0]["id"], PAYMENT.to_string());
    let odd = site.get_as("customer", &format!("{path}?include=secrets")).await;
    assert_eq!(odd.problem(422), "invalid_query");
}

#[actix_web::test]
async fn an_order_too_far_along_names_what_it_takes() {
    let site = site().await;
    let pending = site.post_as("customer", &format!("{ORDERS}/{ORDER}/cancel"), "").await;
    assert_eq!(pending.json()["status"], "cancelled");
    let shipped = site.post_as("customer", &format!("{ORDERS}/{PAID_ORDER}/cancel"), "").await;
    assert_eq!(shipped.problem(409), "invalid_transition");
    assert_eq!(shipped.json()["allowed"], serde_json::json!(["deliver"]));
}

#[actix_web::test]
async fn customers_list_their_own_orders_and_staff_everybodys() {
    let site = site().await;
    let mine = site.get_as("customer", "/api/v1/orders/me").await.json();
    assert_eq!(
        (mine["total"].as_u64(), mine["items"][0]["id"].as_str().unwrap()),
        (Some(1), ORDER.to_string().as_str())
    );
    assert_eq!(site.get_as("other", "/api/v1/orders/me").await.json()["total"], 0);
    assert_eq!(site.get_as("staff", ORDERS).await.json()["total"], 1);
}
