use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use domain::identity::Role;
use web::HttpSettings;

use crate::{json, site, site_with, stubs::*};

const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";

#[actix_web::test]
async fn registering_answers_the_user_and_tokens() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body = "{\"email\":\" ann@example.com\",\"password\":\"cafe\\u0301 noir\",\
        \"username\":\"ann\",\"first_name\":\" Ann \"}";
    let request = json(TestRequest::post().uri(REGISTER), body)
        .insert_header(("x-request-id", "r-1"))
        .insert_header(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    let answer = site.send(request).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let user = answer.json();
    assert_eq!(user["email"], "ann@example.com");
    assert_eq!(user["role"], "user");
    assert_eq!(user["created_at"], "2026-11-20T12:00:00Z");
    assert_eq!(user["access_token"], "access");
    assert_eq!(user["token_type"], "bearer");
    assert!(user["username"].is_null() && user["username"] == serde_json::Value::Null);
    let command = stub.registered.lock().unwrap().take().unwrap();
    assert_eq!(command.email.as_str(), "ann@example.com");
    assert_eq!(command.password.0, "caf\u{e9} noir", "the password is hashed in NFC");
    assert_eq!(command.first_name.as_deref(), Some("Ann"));
    assert_eq!(command.provenance.correlation_id.as_deref(), Some("r-1"));
    assert!(command.provenance.traceparent.is_some());
}

#[actix_web::test]
async fn what_is_wrong_with_a_registration_is_pointed_at() {
    let site = site().await;
    for (body, status, code, pointer) in [
        (
            r#"{"email":"taken@example.com","password":"long enough"}"#,
            409,
            "register_email_taken",
            "/email",
        ),
        (r#"{"email":"a@example.com","password":"short"}"#, 422, "password_too_short", "/password"),
        (r#"{"email":"nonsense","password":"long enough"}"#, 422, "invalid_body", "/email"),
        (
            r#"{"email":"a@example.com","password":"long enough","username":"a b"}"#,
            422,
            "invalid_body",
            "/username",
        ),
        (
            r#"{"email":"a@example.com","password":"long enough","first_name":""}"#,
            422,
            "invalid_body",
            "/first_name",
        ),
        (
            "{\"email\":\"a@example.com\",\"password\":\"long enough\",\"last_name\":\"a\\u0000\"}",
            422,
            "invalid_body",
            "/last_name",
        ),
        (
            r#"{"email":"a@example.com","password":"long enough","role":"king"}"#,
            422,
            "invalid_body",
            "/role",
        ),
    ] {
        let answer = site.post(REGISTER, body).await;
        assert_eq!(answer.problem(status), code, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn only_a_super_admin_gives_roles_away() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body = r#"{"email":"a@example.com","password":"long enough","role":"super_admin"}"#;
    assert_eq!(site.post(REGISTER, body).await.problem(403), "forbidden");
    for token in ["customer", "staff"] {
        assert_eq!(site.post_as(token, REGISTER, body).await.problem(403), "forbidden");
    }
    assert!(stub.registered.lock().unwrap().is_none());
    assert_eq!(site.post_as("admin", REGISTER, body).await.status, 201);
    assert_eq!(stub.registered.lock().unwrap().as_ref().unwrap().role, Role::SuperAdmin);
}

#[actix_web::test]
async fn logging_in_takes_a_form_and_json_with_any_name() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for field in ["email", "username", "login"] {
        let body = format!(r#"{{"{field}":" ann@example.com ","password":"secret"}}"#);
        let answer = site.post(LOGIN, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["expires_in"], 900);
        assert_eq!(answer.json()["refresh_token"], "refresh");
        assert_eq!(answer.header("cache-control"), "no-store");
        let seen = stub.logged_in.lock().unwrap().take().unwrap();
        assert_eq!((seen.login.as_str(), seen.password.0.as_str()), ("ann@example.com", "secret"));
    }
    let form = TestRequest::post()
        .uri(LOGIN)
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload("grant_type=password&username=ann%40example.com&password=a%2Bb+c&scope=");
    assert_eq!(site.send(form).await.status, 200);
    let seen = stub.logged_in.lock().unwrap().take().unwrap();
    assert_eq!((seen.login.as_str(), seen.password.0.as_str()), ("ann@example.com", "a+b c"));
}

#[actix_web::test]
async fn a_login_that_makes_no_sense_is_refused() {
    let site = site().await;
    for body in [
        r#"{"password":"x"}"#,
        r#"{"email":"a@example.com","login":"a","password":"x"}"#,
        r#"{"email":"","password":"x"}"#,
        r#"{"email":"a@example.com","password":""}"#,
        "{\"email\":\"a\\u0000\",\"password\":\"x\"}",
        r#"{"email":"a@example.com","password":"x","remember":true}"#,
    ] {
        assert_eq!(site.post(LOGIN, body).await.problem(422), "invalid_body", "{body}");
    }
    let form = |body: &'static str| {
        TestRequest::post()
            .uri(LOGIN)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body)
    };
    assert_eq!(site.send(form("username=a")).await.problem(422), "invalid_body");
    let other = form("grant_type=magic&username=a&password=b");
    assert_eq!(site.send(other).await.problem(422), "invalid_body");
    let text = TestRequest::post().uri(LOGIN).set_payload("a");
    assert_eq!(site.send(text).await.problem(415), "unsupported_media_type");
}

#[actix_web::test]
async fn wrong_credentials_and_switched_off_accounts_are_told_apart() {
    let site = site().await;
    let wrong = site.post(LOGIN, r#"{"email":"a@example.com","password":"wrong"}"#).await;
    assert_eq!(wrong.problem(401), "login_bad_credentials");
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    let off = site.post(LOGIN, r#"{"email":"off@example.com","password":"right"}"#).await;
    assert_eq!(off.problem(403), "login_deactivated");
}

#[actix_web::test]
async fn too_many_tries_are_throttled_unless_that_is_switched_off() {
    let stub = Arc::new(Stub::default());
    stub.throttled.store(true, Ordering::SeqCst);
    let throttled = site_with(&stub, HttpSettings::default()).await;
    for (path, body) in [
        (LOGIN, r#"{"email":"a@example.com","password":"right"}"#),
        (REGISTER, r#"{"email":"a@example.com","password":"long enough"}"#),
    ] {
        let answer = throttled.post(path, body).await;
        assert_eq!(answer.problem(429), "rate_limited");
        assert_eq!(answer.header("retry-after"), "6", "rounded up");
    }
    assert!(stub.logged_in.lock().unwrap().is_none());
    let open = HttpSettings { rate_limit_enabled: false, ..HttpSettings::default() };
    let open = site_with(&stub, open).await;
    let body = r#"{"email":"a@example.com","password":"right"}"#;
    assert_eq!(open.post(LOGIN, body).await.status, 200);
}

#[actix_web::test]
async fn refreshing_rotates_or_says_why_not() {
    let site = site().await;
    let ask = async |token: &str| {
        site.post("/api/v1/auth/refresh", &format!(r#"{{"refresh_token":"{token}"}}"#)).await
    };
    assert_eq!(ask("good").await.json()["access_token"], "access");
    assert_eq!(ask("spent").await.problem(401), "session_revoked");
    assert_eq!(ask("nonsense").await.problem(401), "refresh_bad_token");
}

#[actix_web::test]
async fn the_current_user_has_three_addresses() {
    let site = site().await;
    for path in ["/api/v1/auth/me", "/api/v1/users/me", "/api/v1/users/info"] {
        let user = site.get_as("customer", path).await.json();
        assert_eq!(user["id"], CUSTOMER.to_string());
        for field in ["username", "last_name"] {
            assert!(user.get(field).is_some_and(serde_json::Value::is_null), "{field}");
        }
    }
}

#[actix_web::test]
async fn the_password_is_proven_again_for_a_fresh_access_token() {
    const STEP_UP: &str = "/api/v1/auth/step-up";
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.post_as("customer", STEP_UP, r#"{"password":"long enough"}"#).await;
    let expected =
        serde_json::json!({ "access_token": "fresh", "token_type": "bearer", "expires_in": 900 });
    assert_eq!((answer.status, answer.json()), (200, expected));
    let refused = site.post_as("customer", STEP_UP, r#"{"password":"wrong"}"#).await;
    assert_eq!(refused.problem(403), "step_up_bad_password");
    stub.throttled.store(true, Ordering::SeqCst);
    let refused = site.post_as("customer", STEP_UP, r#"{"password":"long enough"}"#).await;
    assert_eq!(refused.problem(429), "rate_limited");
}

#[actix_web::test]
async fn a_session_remembers_what_it_was_opened_from() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let request = json(TestRequest::post().uri(LOGIN), r#"{"login":"ann","password":"x"}"#)
        .peer_addr("203.0.113.77:1234".parse().unwrap())
        .insert_header(("user-agent", "curl/8.5.0"));
    assert_eq!(site.send(request).await.status, 200);
    let device = stub.logged_in.lock().unwrap().take().unwrap().device;
    assert_eq!(device.name.as_deref(), Some("curl"));
    assert_eq!(device.network.as_deref(), Some("203.0.113.0/24"));
}

#[actix_web::test]
async fn the_own_sessions_are_listed_and_the_one_that_asks_is_marked() {
    let site = site().await;
    let answer = site.get_as("customer", "/api/v1/auth/sessions").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.json();
    assert_eq!((&page["total"], &page["next_cursor"]), (&2.into(), &serde_json::Value::Null));
    let expected = serde_json::json!({
        "id": SESSION, "device": "curl", "address": "203.0.113.0/24",
        "created_at": "2026-11-20T12:00:00Z", "last_used_at": "2026-11-20T12:00:00Z",
        "expires_at": "2026-12-20T12:00:00Z", "current": true,
    });
    assert_eq!(page["items"][1], expected);
    assert_eq!(page["items"][0]["current"], false);
}

#[actix_web::test]
async fn public_keys_are_shown_and_may_be_kept_for_a_while() {
    let answer = site().await.get("/.well-known/jwks.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        keys[0],
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "new",
            "x": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        })
    );
}
