//! Tokens that are or were good, for something else or somebody else.

use acceptance::{Client, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bad, Brought, forge::Good};

const PASSWORD: &str = "correct horse battery";

pub(crate) async fn all(app: &TestApp, good: &Good) -> anyhow::Result<Vec<Bad>> {
    let (token, refresh) = (&good.token, &good.refresh);
    let mut all: Vec<Bad> = [
        ("a refresh token", Brought::Bearer(refresh.clone())),
        ("no token after Bearer", Brought::Header("Bearer".to_owned())),
        ("only a space after Bearer", Brought::Header("Bearer ".to_owned())),
        ("no scheme", Brought::Header(token.clone())),
        ("another scheme", Brought::Header(format!("Token {token}"))),
        ("a proof of possession nobody asked for", Brought::Header(format!("DPoP {token}"))),
        ("Basic", Brought::Header(format!("Basic {token}"))),
        ("Bearer twice", Brought::Header(format!("Bearer Bearer {token}"))),
        ("a comma between two", Brought::Header(format!("Bearer {token}, Bearer {token}"))),
        ("in the address", Brought::Query(token.clone())),
        ("a cookie of another name", Brought::Cookie(format!("access_token={token}"))),
        ("a refresh token as access cookie", Brought::Cookie(format!("kontor-access={refresh}"))),
        ("an access token as refresh cookie", Brought::Cookie(format!("kontor-refresh={token}"))),
        ("an empty cookie", Brought::Cookie("kontor-access=".to_owned())),
        ("a cookie of nonsense", Brought::Cookie("kontor-access=x; kontor-refresh=y".to_owned())),
        ("a secure cookie's name", Brought::Cookie(format!("__Host-kontor-access={token}"))),
    ]
    .map(|(what, brought)| (what.to_owned(), brought))
    .into();
    all.extend(ended(app).await?);
    all.extend(api_keys(app).await?);
    Ok(all)
}

/// Whoever signs in with this address; the answer.
async fn signed_in(app: &TestApp, email: &str) -> anyhow::Result<(Client, Value)> {
    let body = json!({ "email": email, "password": PASSWORD });
    app.client().post("/api/v1/auth/register", &body).await?;
    let (status, answer) = app.client().post("/api/v1/auth/login", &body).await?;
    anyhow::ensure!(status == 200, "{status} {answer}");
    let client = app.client().with_token(answer["access_token"].as_str().unwrap());
    Ok((client, answer))
}

fn access(answer: &Value) -> Brought {
    Brought::Bearer(answer["access_token"].as_str().unwrap().to_owned())
}

/// Tokens of sessions that are over.
async fn ended(app: &TestApp) -> anyhow::Result<Vec<Bad>> {
    let boss = app.admin("boss@example.com").await?;
    let mut all = Vec::new();

    let (client, answer) = signed_in(app, "logged-out@example.com").await?;
    assert_eq!(client.post("/api/v1/auth/logout", &Value::Null).await?.0, 204);
    all.push(("of who logged out".to_owned(), access(&answer)));
    let spent = answer["refresh_token"].as_str().unwrap();
    all.push((
        "the cookie of who logged out".to_owned(),
        Brought::Cookie(format!("kontor-refresh={spent}")),
    ));

    let (_, first) = signed_in(app, "everywhere@example.com").await?;
    let (client, second) = signed_in(app, "everywhere@example.com").await?;
    assert_eq!(client.post("/api/v1/auth/logout-all", &Value::Null).await?.0, 204);
    all.push(("of who logged out everywhere".to_owned(), access(&first)));
    all.push(("of who logged out everywhere, here".to_owned(), access(&second)));

    let (_, other) = signed_in(app, "changed@example.com").await?;
    let (client, _) = signed_in(app, "changed@example.com").await?;
    let change = json!({ "current_password": PASSWORD, "new_password": "battery staple correct" });
    let (status, refused) = client.post("/api/v1/users/me/change-password", &change).await?;
    assert!(status.is_success(), "{refused}");
    all.push(("of before the password was changed".to_owned(), access(&other)));

    let (client, answer) = signed_in(app, "disabled@example.com").await?;
    let id = id_of(&client).await?;
    let path = format!("/api/v1/users/{id}");
    let off = boss.request(Method::PATCH, &path).json(&json!({ "is_active": false }));
    assert_eq!(off.send().await?.status(), 200);
    all.push(("of somebody disabled".to_owned(), access(&answer)));

    let (client, answer) = signed_in(app, "deleted@example.com").await?;
    let path = format!("/api/v1/users/{}", id_of(&client).await?);
    assert_eq!(boss.request(Method::DELETE, &path).send().await?.status(), 204);
    all.push(("of somebody deleted".to_owned(), access(&answer)));

    let (client, answer) = signed_in(app, "gone@example.com").await?;
    let gone = client.request(Method::DELETE, "/api/v1/users/me").send().await?;
    assert_eq!(gone.status(), 204);
    all.push(("of who left".to_owned(), access(&answer)));

    let (client, first) = signed_in(app, "robbed@example.com").await?;
    let spent = json!({ "refresh_token": first["refresh_token"] });
    let (_, second) = client.post("/api/v1/auth/refresh", &spent).await?;
    let next = json!({ "refresh_token": second["refresh_token"] });
    assert_eq!(client.post("/api/v1/auth/refresh", &next).await?.0, 200);
    assert_eq!(client.post("/api/v1/auth/refresh", &spent).await?.0, 401);
    all.push(("of a family that is dead".to_owned(), access(&second)));
    Ok(all)
}

async fn id_of(client: &Client) -> anyhow::Result<String> {
    let (_, me) = client.get("/api/v1/auth/me").await?;
    Ok(me["id"].as_str().unwrap().to_owned())
}

/// Keys for programs that open nothing.
async fn api_keys(app: &TestApp) -> anyhow::Result<Vec<Bad>> {
    let boss = app.admin("chief@example.com").await?;
    let keys = "/api/v1/users/me/api-keys";
    let wanted = json!({ "name": "till", "scopes": ["orders:read"] });
    let (status, key) = boss.post(keys, &wanted).await?;
    assert_eq!(status, 201, "{key}");
    let token = key["token"].as_str().unwrap().to_owned();
    let mut changed = token.clone().into_bytes();
    let at = changed.len() - 10;
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed)?;
    let (_, revoked) =
        boss.post(keys, &json!({ "name": "old", "scopes": ["orders:read"] })).await?;
    let path = format!("{keys}/{}", revoked["id"].as_str().unwrap());
    assert_eq!(boss.request(Method::DELETE, &path).send().await?.status(), 204);
    let revoked = revoked["token"].as_str().unwrap().to_owned();
    let bare = token.trim_start_matches("kontor_").to_owned();
    Ok([
        ("a key with another secret", Brought::Bearer(changed)),
        ("a key that was revoked", Brought::Bearer(revoked)),
        ("a key cut off", Brought::Bearer(token.split_at(token.len() - 4).0.to_owned())),
        ("a key without its prefix", Brought::Bearer(bare)),
        ("a key's prefix", Brought::Bearer("kontor_".to_owned())),
        ("a key in capitals", Brought::Bearer(token.to_ascii_uppercase())),
        ("a key as access cookie", Brought::Cookie(format!("kontor-refresh={token}"))),
        ("a key in the address", Brought::Query(token.clone())),
        ("a key under another scheme", Brought::Header(format!("ApiKey {token}"))),
    ]
    .map(|(what, brought)| (what.to_owned(), brought))
    .into())
}
