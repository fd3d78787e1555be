//! What is done by mail, from the request to the link that is followed.

use acceptance::{Client, Stack, TestApp};
use domain::messaging::{DevMailbox, SentMail};
use reqwest::Method;
use serde_json::json;
use shaku::HasComponent;

crate::on_both_stacks!(
    an_address_is_proven_by_mail,
    a_forgotten_password_is_set_anew_by_mail,
    nobody_is_mailed_who_has_no_account,
    an_account_moves_to_another_address,
    an_address_that_staff_change_is_told,
    a_quiet_shop_lets_in_whoever_proved_an_address,
);

const OLD: &str = "correct horse battery";
const NEW: &str = "quite another battery";

/// The mails to `to`, the newest first, once there are `count`.
pub(crate) async fn mails(app: &TestApp, to: &str, count: usize) -> anyhow::Result<Vec<SentMail>> {
    let mailbox: &dyn DevMailbox = app.module().resolve_ref();
    let read = async || -> anyhow::Result<Vec<SentMail>> {
        let all = mailbox.list(100).await?.unwrap();
        Ok(all.into_iter().filter(|mail| mail.to == to).collect())
    };
    app.run_until_idle().await?;
    acceptance::eventually(async || Ok(read().await?.len() >= count)).await?;
    read().await
}

/// Has somebody register; answers the client, and the mail with the proof of the address. The other
/// one is the welcome.
async fn registered(app: &TestApp, address: &str) -> anyhow::Result<(Client, SentMail)> {
    let client = app.client().register(address).await?;
    let all = mails(app, address, 2).await?;
    let proof = all.into_iter().find(|mail| mail.text.contains("/verify?token=")).unwrap();
    Ok((client, proof))
}

/// What stands behind `?token=`.
pub(crate) fn token_in(mail: &SentMail) -> String {
    let (_, rest) = mail.text.split_once("?token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Asks for a mail; it comes after the others, of which there are `before`.
async fn asked(app: &TestApp, path: &str, to: &str, before: usize) -> anyhow::Result<SentMail> {
    let (status, answer) = app.client().post(path, &json!({ "email": to })).await?;
    assert_eq!((status.as_u16(), answer), (202, serde_json::Value::Null));
    Ok(mails(app, to, before + 1).await?.remove(0))
}

async fn log_in(app: &TestApp, password: &str) -> anyhow::Result<u16> {
    let body = json!({ "email": "ann@example.com", "password": password });
    Ok(app.client().post("/api/v1/auth/login", &body).await?.0.as_u16())
}

async fn refusal(client: &Client, path: &str, body: serde_json::Value) -> anyhow::Result<String> {
    let (status, answer) = client.post(path, &body).await?;
    assert_eq!(status, 400, "{answer}");
    Ok(answer["code"].as_str().unwrap().to_owned())
}

async fn an_address_is_proven_by_mail(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (ann, mail) = registered(&app, "ann@example.com").await?;
    let token = token_in(&mail);
    let path = "/api/v1/auth/verify";
    let (status, user) = app.client().post(path, &json!({ "token": token })).await?;
    assert_eq!((status.as_u16(), &user["is_verified"]), (200, &json!(true)));
    assert_eq!(ann.get("/api/v1/users/me").await?.1["is_verified"], true);
    let again = refusal(&app.client(), path, json!({ "token": token })).await?;
    assert_eq!(again, "verify_user_already_verified");
    let forged = refusal(&app.client(), path, json!({ "token": "A".repeat(64) })).await?;
    assert_eq!(forged, "verify_user_bad_token");

    // An account that was made for somebody is proven when they ask.
    let staff = app.admin("boss@example.com").await?;
    let bob = json!({ "email": "bob@example.com", "password": OLD });
    assert_eq!(staff.post("/api/v1/users", &bob).await?.0, 201);
    mails(&app, "bob@example.com", 1).await?;
    let mail = asked(&app, "/api/v1/auth/request-verify-token", "bob@example.com", 1).await?;
    let (_, bob) = app.client().post(path, &json!({ "token": token_in(&mail) })).await?;
    assert_eq!((&bob["email"], &bob["is_verified"]), (&json!("bob@example.com"), &json!(true)));
    app.finish().await
}

async fn a_forgotten_password_is_set_anew_by_mail(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (ann, _) = registered(&app, "ann@example.com").await?;
    // Mail goes to the stored address, however it is spelt in the request.
    let body = json!({ "email": "ANN@Example.com" });
    assert_eq!(app.client().post("/api/v1/auth/forgot-password", &body).await?.0, 202);
    let mail = mails(&app, "ann@example.com", 3).await?.remove(0);
    let token = token_in(&mail);
    let path = "/api/v1/auth/reset-password";
    let body = json!({ "token": token, "password": NEW });
    assert_eq!(app.client().post(path, &body).await?.0, 200);
    let (status, out) = ann.get("/api/v1/users/me").await?;
    assert_eq!((status.as_u16(), &out["code"]), (401, &json!("session_revoked")));
    assert_eq!((log_in(&app, OLD).await?, log_in(&app, NEW).await?), (401, 200));
    assert_eq!(refusal(&app.client(), path, body).await?, "reset_password_bad_token");
    app.finish().await
}

async fn nobody_is_mailed_who_has_no_account(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    for path in ["/api/v1/auth/request-verify-token", "/api/v1/auth/forgot-password"] {
        let body = json!({ "email": "nobody@example.com" });
        assert_eq!(app.client().post(path, &body).await?.0, 202);
    }
    // What is asked for later is mailed when that was decided on.
    registered(&app, "ann@example.com").await?;
    asked(&app, "/api/v1/auth/forgot-password", "ann@example.com", 2).await?;
    assert_eq!(mails(&app, "nobody@example.com", 0).await?.len(), 0);
    app.finish().await
}

async fn an_account_moves_to_another_address(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (ann, _) = registered(&app, "ann@example.com").await?;
    let body = json!({ "email": "anna@new.example" });
    let answer = ann.request(Method::PATCH, "/api/v1/users/me").json(&body).send().await?;
    assert_eq!(answer.status(), 200);
    let mail = mails(&app, "anna@new.example", 1).await?.remove(0);
    let body = json!({ "token": token_in(&mail) });
    let (status, moved) = app.client().post("/api/v1/auth/verify", &body).await?;
    assert_eq!((status.as_u16(), &moved["email"]), (200, &json!("anna@new.example")));
    let told = mails(&app, "ann@example.com", 3).await?.remove(0);
    assert_eq!(told.subject, "Your e-mail address was changed");
    // The old one is free for somebody else.
    app.client().register("ann@example.com").await?;
    app.finish().await
}

async fn an_address_that_staff_change_is_told(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (ann, _) = registered(&app, "ann@example.com").await?;
    let (_, me) = ann.get("/api/v1/users/me").await?;
    let path = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
    let staff = app.admin("boss@example.com").await?;
    let body = json!({ "email": "anna@new.example" });
    let answer = staff.request(Method::PATCH, &path).json(&body).send().await?;
    assert_eq!(answer.status(), 200);
    let told = mails(&app, "ann@example.com", 3).await?.remove(0);
    assert_eq!(told.subject, "Your e-mail address was changed");
    assert_eq!(ann.get("/api/v1/users/me").await?.1["email"], "anna@new.example");
    app.finish().await
}

async fn a_quiet_shop_lets_in_whoever_proved_an_address(stack: Stack) -> anyhow::Result<()> {
    let quiet = [("AUTH__REGISTRATION", "quiet".to_owned())];
    let app = TestApp::start_with(stack, &quiet).await?;
    let body = json!({ "email": "ann@example.com", "password": OLD });
    for _ in 0..2 {
        let (status, answer) = app.client().post("/api/v1/auth/register", &body).await?;
        assert_eq!((status.as_u16(), answer), (202, serde_json::Value::Null));
    }
    assert_eq!(log_in(&app, OLD).await?, 401);
    let all = mails(&app, "ann@example.com", 3).await?;
    let mail = all.iter().find(|mail| mail.text.contains("/verify?token=")).unwrap();
    let token = json!({ "token": token_in(mail) });
    assert_eq!(app.client().post("/api/v1/auth/verify", &token).await?.0, 200);
    assert_eq!(log_in(&app, OLD).await?, 200);
    app.finish().await
}
