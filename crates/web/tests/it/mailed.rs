//! What is done by mail.

use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use domain::identity::EmailRequestKind;
use web::{HttpSettings, Registration};

use crate::{json, signed, site_with, stubs::*};

#[actix_web::test]
async fn asking_for_a_mail_says_nothing_about_accounts() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (path, kind) in [
        ("/api/v1/auth/request-verify-token", EmailRequestKind::Verify),
        ("/api/v1/auth/forgot-password", EmailRequestKind::Reset),
    ] {
        let answer = site.post(path, r#"{"email":" Ann@example.com "}"#).await;
        assert_eq!((answer.status, answer.text()), (202, ""));
        let asked = stub.mail_asked.lock().unwrap().pop().unwrap();
        assert_eq!(asked, (kind, "Ann@example.com".to_owned()));
        assert_eq!(site.post(path, r#"{"email":"nonsense"}"#).await.problem(422), "invalid_body");
        assert_eq!(site.post(path, r#"{"mail":"a@b.example"}"#).await.problem(422), "invalid_body");
    }
    assert!(stub.mail_asked.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn a_mailed_token_is_good_or_bad() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let verify = "/api/v1/auth/verify";
    let answer = site.post(verify, r#"{"token":"good"}"#).await;
    assert_eq!(answer.json()["is_verified"], true);
    for (token, status, code) in [
        ("bad", 400, "verify_user_bad_token"),
        ("used", 400, "verify_user_already_verified"),
        ("taken", 409, "email_taken"),
    ] {
        let body = format!(r#"{{"token":"{token}"}}"#);
        assert_eq!(site.post(verify, &body).await.problem(status), code);
    }
    let reset = "/api/v1/auth/reset-password";
    let body = "{\"token\":\"good\",\"password\":\"cafe\\u0301 noir\"}";
    assert_eq!(site.post(reset, body).await.status, 200);
    let command = stub.reset.lock().unwrap().take().unwrap();
    assert_eq!(command.password.0, "caf\u{e9} noir", "the password is hashed in NFC");
    let refused = site.post(reset, r#"{"token":"bad","password":"long enough"}"#).await;
    assert_eq!(refused.problem(400), "reset_password_bad_token");
    let refused = site.post(reset, r#"{"token":"good","password":"short"}"#).await;
    assert_eq!(refused.problem(422), "password_too_short");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/password");
}

#[actix_web::test]
async fn whoever_asks_too_often_from_one_address_is_told_to_wait() {
    let stub = Arc::new(Stub::default());
    stub.throttled.store(true, Ordering::SeqCst);
    let site = site_with(&stub, HttpSettings::default()).await;
    for (path, body) in [
        ("/api/v1/auth/request-verify-token", r#"{"email":"ann@example.com"}"#),
        ("/api/v1/auth/verify", r#"{"token":"good"}"#),
        ("/api/v1/auth/forgot-password", r#"{"email":"ann@example.com"}"#),
        ("/api/v1/auth/reset-password", r#"{"token":"good","password":"long enough"}"#),
    ] {
        assert_eq!(site.post(path, body).await.problem(429), "rate_limited", "{path}");
    }
    assert!(stub.mail_asked.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn an_address_moves_only_by_a_recent_password() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let patch = |token, body| {
        let request = TestRequest::patch().uri("/api/v1/users/me");
        site.send(signed(json(request, body), token))
    };
    let body = r#"{"email":"new@example.com","first_name":"Anna"}"#;
    assert_eq!(patch("old-admin", body).await.problem(403), "step_up_required");
    assert!(stub.moved.lock().unwrap().is_none() && stub.edited.lock().unwrap().is_none());
    let answer = patch("customer", body).await;
    assert_eq!((answer.status, &answer.json()["email"]), (200, &"ann@example.com".into()));
    let moved = stub.moved.lock().unwrap().take().unwrap();
    assert_eq!((moved.actor.user.raw(), moved.email.as_str()), (CUSTOMER, "new@example.com"));
    let edited = stub.edited.lock().unwrap().take().unwrap();
    assert!(edited.edit.email.is_none(), "the address is not changed before it is proven");
    let refused = patch("customer", r#"{"email":"again@example.com"}"#).await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(patch("customer", r#"{"email":"nonsense"}"#).await.problem(422), "invalid_body");
}

const REGISTRATION: &str = r#"{"email":"ann@example.com","password":"long enough"}"#;

#[actix_web::test]
async fn a_quiet_shop_answers_every_registration_alike() {
    let stub = Arc::new(Stub::default());
    let settings = HttpSettings { registration: Registration::Quiet, ..HttpSettings::default() };
    let site = site_with(&stub, settings).await;
    for body in [REGISTRATION, r#"{"email":"taken@example.com","password":"long enough"}"#] {
        let answer = site.post("/api/v1/auth/register", body).await;
        assert_eq!((answer.status, answer.text()), (202, ""));
    }
    let asked = stub.registered_quietly.lock().unwrap().clone();
    assert_eq!(asked, ["ann@example.com", "taken@example.com"]);
    assert!(stub.registered.lock().unwrap().is_none());
}

#[actix_web::test]
async fn a_shop_may_leave_registrations_to_its_staff() {
    let stub = Arc::new(Stub::default());
    let settings = HttpSettings { registration: Registration::Staff, ..HttpSettings::default() };
    let site = site_with(&stub, settings).await;
    let path = "/api/v1/auth/register";
    assert_eq!(site.post(path, REGISTRATION).await.problem(403), "forbidden");
    for (token, status) in [("customer", 403), ("trainee", 403), ("staff", 201), ("admin", 201)] {
        assert_eq!(site.post_as(token, path, REGISTRATION).await.status, status, "{token}");
    }
}

#[actix_web::test]
async fn mails_are_written_in_the_language_of_the_browser_or_the_one_that_is_chosen() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let request = json(TestRequest::post().uri("/api/v1/auth/register"), REGISTRATION)
        .insert_header(("accept-language", "ru-RU,ru;q=0.9,en;q=0.8"));
    let answer = site.send(request).await;
    assert_eq!((answer.status, &answer.json()["locale"]), (201, &"en".into()), "as stored");
    let command = stub.registered.lock().unwrap().take().unwrap();
    assert_eq!(command.locale, domain::identity::Locale::Ru);
    let patch = |body| {
        let request = TestRequest::patch().uri("/api/v1/users/me");
        site.send(signed(json(request, body), "customer"))
    };
    assert_eq!(patch(r#"{"locale":"ru"}"#).await.status, 200);
    let edited = stub.edited.lock().unwrap().take().unwrap();
    assert_eq!(edited.edit.profile.locale, Some(domain::identity::Locale::Ru));
    assert_eq!(patch(r#"{"locale":"xx"}"#).await.problem(422), "invalid_body");
}
