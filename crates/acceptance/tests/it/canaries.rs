//! Secrets planted through every endpoint that takes or hands out one: none is ever in a log line,
//! in the outbox, in the queue of mails, or in any other column of any table.

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

use acceptance::{Client, Stack, TestApp};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::mailed::{mails, token_in};

crate::on_both_stacks!(no_secret_is_anywhere_in_plain);

const FIRST: &str = "canary-first-9b1f7c";
const WRONG: &str = "canary-wrong-5d20ae";
const CHANGED: &str = "canary-changed-c4413e";
const RESET: &str = "canary-reset-77aa10";
const FORGED: &str = "canary-forged-token-e01b";
/// Not a secret: shows that the searches find what is there.
const NAME: &str = "Canaryname";

/// What was logged by this process.
struct Log;

fn logged() -> &'static Mutex<Vec<u8>> {
    static LOGGED: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    LOGGED.get_or_init(Mutex::default)
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        logged().lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn listen() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(|| Log)
        .finish();
    // Somebody else may listen already, in the same process.
    let _ = tracing::subscriber::set_global_default(subscriber);
    // What another test met for the first time just then is heard as well.
    tracing::callsite::rebuild_interest_cache();
}

async fn no_secret_is_anywhere_in_plain(stack: Stack) -> anyhow::Result<()> {
    listen();
    let app = TestApp::start(stack).await?;
    let secrets = plant(&app).await?;
    assert!(secrets.len() >= 16, "{}", secrets.len());
    app.run_until_idle().await?;

    let log = String::from_utf8_lossy(&logged().lock().unwrap()).to_lowercase();
    assert!(log.contains("/api/v1/auth/login"), "the log is listened to");
    let needles: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    let told: Vec<_> = needles.iter().filter(|needle| log.contains(needle.as_str())).collect();
    assert!(told.is_empty(), "logged: {told:?}");

    let name = [NAME.to_lowercase()];
    assert!(!columns_with(app.connection(), &name).await?.is_empty(), "the scan sees something");
    let none: Vec<String> = Vec::new();
    assert_eq!(columns_with(app.connection(), &needles).await?, none);
    app.finish().await
}

/// Uses every endpoint that has to do with a secret; answers all secrets there were.
async fn plant(app: &TestApp) -> anyhow::Result<Vec<String>> {
    let mut secrets: Vec<String> = [FIRST, WRONG, CHANGED, RESET, FORGED].map(str::to_owned).into();
    let nobody = app.client();
    let post = async |client: &Client, path: &str, body: Value| {
        client.post(&format!("/api/v1{path}"), &body).await
    };
    let address = "ann@example.com";
    let account = json!({ "email": address, "password": FIRST, "first_name": NAME });
    let (_, registered) = post(&nobody, "/auth/register", account.clone()).await?;
    secrets.extend(tokens(&registered));
    let (taken, _) = post(&nobody, "/auth/register", account).await?;
    assert_eq!(taken, 409);
    for (password, expected) in [(WRONG, 401), (FIRST, 200)] {
        let body = json!({ "email": address, "password": password });
        let (status, answer) = post(&nobody, "/auth/login", body).await?;
        assert_eq!(status, expected, "{answer}");
        secrets.extend(tokens(&answer));
    }
    let response = nobody
        .request(Method::POST, "/api/v1/auth/login?transport=cookie")
        .header("sec-fetch-site", "same-origin")
        .json(&json!({ "email": address, "password": FIRST }))
        .send()
        .await?;
    for cookie in response.headers().get_all("set-cookie") {
        let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
        secrets.extend(pair.split_once('=').map(|(_, value)| value.to_owned()));
    }
    let spent = registered["refresh_token"].as_str().unwrap();
    for token in [spent, spent, FORGED] {
        let body = json!({ "refresh_token": token });
        secrets.extend(tokens(&post(&nobody, "/auth/refresh", body).await?.1));
    }
    assert_eq!(nobody.with_token(FORGED).get("/api/v1/auth/me").await?.0, 401);

    let ann = nobody.with_token(registered["access_token"].as_str().unwrap());
    for (password, expected) in [(WRONG, 403), (FIRST, 200)] {
        let (status, answer) = post(&ann, "/auth/step-up", json!({ "password": password })).await?;
        assert_eq!(status, expected, "{answer}");
        secrets.extend(tokens(&answer));
    }
    let key = json!({ "name": "till", "scopes": [] });
    let (status, key) = post(&ann, "/users/me/api-keys", key).await?;
    assert_eq!(status, 201, "{key}");
    let key = tokens(&key);
    assert_eq!(key.len(), 1, "one token for programs");
    assert_eq!(nobody.with_token(&key[0]).get("/api/v1/auth/me").await?.0, 200);
    secrets.extend(key);
    let change = json!({ "current_password": FIRST, "new_password": CHANGED });
    assert_eq!(post(&ann, "/users/me/change-password", change).await?.0, 204);

    // The proof of the address was mailed with the welcome, and is not mailed again so soon.
    for (path, use_of, count) in [
        ("/auth/request-verify-token", "/auth/verify", 2),
        ("/auth/forgot-password", "/auth/reset-password", 3),
    ] {
        assert_eq!(post(&nobody, path, json!({ "email": address })).await?.0, 202);
        let newest = mails(app, address, count).await?;
        let token = token_in(newest.iter().find(|mail| mail.text.contains("?token=")).unwrap());
        let used = |token: &str| match use_of {
            "/auth/verify" => json!({ "token": token }),
            _ => json!({ "token": token, "password": RESET }),
        };
        assert_eq!(post(&nobody, use_of, used(FORGED)).await?.0, 400);
        assert_eq!(post(&nobody, use_of, used(&token)).await?.0, 200);
        assert_eq!(post(&nobody, use_of, used(&token)).await?.0, 400);
        secrets.push(token);
    }
    let body = json!({ "email": address, "password": RESET });
    let (_, answer) = post(&nobody, "/auth/login", body).await?;
    let ann = nobody.with_token(answer["access_token"].as_str().unwrap());
    secrets.extend(tokens(&answer));
    let moved = json!({ "email": "anna@new.example" });
    let answer = ann.request(Method::PATCH, "/api/v1/users/me").json(&moved).send().await?;
    assert_eq!(answer.status(), 200);
    // This one stays unused: what waits is no more readable than what is over.
    secrets.push(token_in(&mails(app, "anna@new.example", 1).await?[0]));
    assert_eq!(post(&ann, "/auth/logout-all", Value::Null).await?.0, 204);
    Ok(secrets)
}

/// Every member of `answer` whose name says that it is one.
fn tokens(answer: &Value) -> Vec<String> {
    let members = answer.as_object().into_iter().flatten();
    let named = members.filter(|(name, _)| *name == "token" || name.ends_with("_token"));
    named.filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
}

/// What a secret looks like in columns of text and of bytes, in lower case. What comes first in
/// our own tokens is the identity of a row, and no secret.
fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_lowercase(), hex(secret.as_bytes())];
    let packed = secret.trim_start_matches("kontor_");
    if let Ok(bytes) = URL_SAFE_NO_PAD.decode(packed)
        && bytes.len() >= 48
    {
        all.extend(bytes.chunks_exact(16).skip(1).map(hex));
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `table.column` of every column with one of `needles` in it, as text or in hexadecimal digits.
async fn columns_with(
    connection: &DatabaseConnection,
    needles: &[String],
) -> anyhow::Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let (columns, text) = match backend {
        DatabaseBackend::Sqlite => (
            "SELECT t.name AS a, c.name AS b FROM sqlite_master AS t, pragma_table_info(t.name) AS c
             WHERE t.type = 'table'",
            // Bytes need not be text.
            "CASE typeof(\"{column}\") WHEN 'blob' THEN '' ELSE lower(CAST(\"{column}\" AS text)) END
             || ' ' || lower(hex(\"{column}\"))",
        ),
        _ => (
            "SELECT table_name AS a, column_name AS b FROM information_schema.columns
             WHERE table_schema = current_schema()",
            "lower(\"{column}\"::text)",
        ),
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, columns)).await?;
    assert!(rows.len() > 100, "{} columns", rows.len());
    let mut found = Vec::new();
    for row in rows {
        let (table, column): (String, String) = (row.try_get("", "a")?, row.try_get("", "b")?);
        let text = text.replace("{column}", &column);
        let sql = format!("SELECT {text} AS value FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        for row in connection.query_all_raw(Statement::from_string(backend, sql)).await? {
            let value: String = row.try_get("", "value")?;
            if needles.iter().any(|needle| value.contains(needle.as_str())) {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    Ok(found)
}
