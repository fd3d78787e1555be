use actix_web::test::TestRequest;
use domain::ordering::{Discount, PromoCode};
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

const CODES: &str = "/api/v1/promo-codes";

fn path(id: uuid::Uuid) -> String {
    format!("{CODES}/{id}")
}

#[actix_web::test]
async fn a_promo_code_has_the_shape_staff_relies_on() {
    let site = site().await;
    let body = r#"{"code":"tea-50","amount":"50.00","currency":"RUB","minimum":"500",
        "starts_at":"2026-11-20T15:00:00+03:00","ends_at":"2026-12-01T00:00:00Z",
        "total_limit":10,"user_limit":1}"#;
    let made = site.post_as("staff", CODES, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let code = made.json();
    assert_eq!(
        made.header("location"),
        path("00000000-0000-0000-0000-000000000046".parse().unwrap())
    );
    for (field, expected) in [
        ("code", "TEA-50"),
        ("amount", "50.00"),
        ("currency", "RUB"),
        ("minimum", "500.00"),
        ("starts_at", "2026-11-20T12:00:00Z"),
        ("ends_at", "2026-12-01T00:00:00Z"),
    ] {
        assert_eq!(code[field], expected, "{field}");
    }
    assert_eq!((&code["total_limit"], &code["user_limit"]), (&10.into(), &1.into()));
    assert_eq!((&code["used"], &code["is_active"]), (&0.into(), &true.into()));
    assert!(code["percent"].is_null());
    let listed = site.get_as("staff", CODES).await.json();
    assert_eq!((&listed["total"], &listed["items"][0]["percent"]), (&1.into(), &"10.00".into()));
    let one = site.get_as("staff", &path(ORDER)).await.json();
    assert_eq!((&one["used"], &one["code"]), (&3.into(), &"TEA-10".into()));
    assert_eq!(site.get_as("staff", &path(UNKNOWN)).await.problem(404), "promo_code_not_found");
}

#[actix_web::test]
async fn a_promo_code_that_is_none_says_where() {
    let site = site().await;
    for (body, status, code, pointer) in [
        (r#"{"code":"a b","percent":"10"}"#, 422, "invalid_body", "/code"),
        (r#"{"code":"tea"}"#, 422, "invalid_body", ""),
        (
            r#"{"code":"tea","percent":"10","amount":"1","currency":"RUB"}"#,
            422,
            "invalid_body",
            "/amount",
        ),
        (r#"{"code":"tea","percent":"0"}"#, 422, "invalid_body", "/percent"),
        (r#"{"code":"tea","percent":"100.01"}"#, 422, "invalid_body", "/percent"),
        (r#"{"code":"tea","amount":"1"}"#, 422, "invalid_body", "/currency"),
        (r#"{"code":"tea","amount":"0","currency":"RUB"}"#, 422, "promo_code_amount", "/amount"),
        (
            r#"{"code":"tea","percent":"10","starts_at":"tomorrow"}"#,
            422,
            "invalid_body",
            "/starts_at",
        ),
        (
            r#"{"code":"tea","percent":"1","starts_at":"2026-12-01T00:00:00Z","ends_at":"2026-11-01T00:00:00Z"}"#,
            422,
            "promo_code_window",
            "/ends_at",
        ),
        (r#"{"code":"tea","percent":"10","total_limit":0}"#, 422, "invalid_body", "/total_limit"),
        (r#"{"code":"taken","percent":"10"}"#, 409, "promo_code_taken", "/code"),
    ] {
        let refused = site.post_as("staff", CODES, body).await;
        assert_eq!(refused.problem(status), code, "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn a_change_leaves_what_it_does_not_name() {
    let site = site().await;
    let patch = async |body: &str| {
        let request = TestRequest::patch().uri(&path(ORDER));
        site.send(signed(json(request, body), "staff")).await
    };
    let changed = patch(r#"{"user_limit":2}"#).await.json();
    assert_eq!((&changed["percent"], &changed["total_limit"]), (&"10.00".into(), &10.into()));
    assert_eq!(changed["user_limit"], 2);
    let cleared = patch(r#"{"total_limit":null,"percent":"12.5"}"#).await.json();
    assert!(cleared["total_limit"].is_null());
    assert_eq!(cleared["percent"], "12.50");
    assert_eq!(patch(r#"{"total_limit":2}"#).await.problem(409), "promo_code_limit_below_used");
    let off = site.post_as("staff", &format!("{}/deactivate", path(ORDER)), "").await;
    assert_eq!(off.json()["is_active"], false);
}

#[actix_web::test]
async fn an_order_names_its_code_whatever_the_case() {
    let stub = std::sync::Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let order = |code: &str| {
        format!(r#"{{"items":[{{"product_id":"{PRODUCT}","quantity":1}}],"promo_code":"{code}"}}"#)
    };
    let placed = site.post_as("customer", "/api/v1/orders", &order("tea-10")).await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    assert_eq!(*stub.promo_code.lock().unwrap(), PromoCode::parse("TEA-10"));
    for (code, status, problem) in [
        ("no such code", 404, "promo_code_not_found"),
        ("GONE", 409, "promo_code_exhausted"),
        ("SMALL", 422, "promo_code_minimum"),
    ] {
        let refused = site.post_as("customer", "/api/v1/orders", &order(code)).await;
        assert_eq!(refused.problem(status), problem);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/promo_code");
    }
}

#[test]
fn percentages_are_read_to_the_hundredth() {
    for (text, points) in [("10", 1_000), ("12.5", 1_250), ("0.01", 1), ("100.00", 10_000)] {
        assert_eq!(Discount::percent(text), Some(Discount::Percent(points)), "{text}");
    }
    for text in ["0", "100.01", "1.234", "-1", "", "x", "99999999999"] {
        assert_eq!(Discount::percent(text), None, "{text}");
    }
}
