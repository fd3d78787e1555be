//! Passwords that are guessed at, as the caller sees it.

use acceptance::{Client, Stack, TestApp};
use reqwest::{Method, Response};
use serde_json::{Value, json};

crate::on_both_stacks!(an_owner_gets_in_from_a_known_device_while_somebody_guesses);

async fn an_owner_gets_in_from_a_known_device_while_somebody_guesses(
    stack: Stack,
) -> anyhow::Result<()> {
    let limited = [("RATE_LIMIT__ENABLED", "true".to_owned())];
    let app = TestApp::start_with(stack, &limited).await?;
    let client = app.client();
    client.register("ann@example.com").await?;
    let first = log_in(&client, "correct horse battery", None).await?;
    assert_eq!(first.status(), 200);
    let cookie = first.headers()["set-cookie"].to_str()?.split(';').next().unwrap().to_owned();

    for _ in 0..6 {
        assert_eq!(log_in(&client, "wrong", None).await?.status(), 401);
    }
    let held_up = log_in(&client, "correct horse battery", None).await?;
    assert_eq!(held_up.status(), 429);
    assert_eq!(held_up.headers()["retry-after"], "1");
    let known = log_in(&client, "correct horse battery", Some(&cookie)).await?;
    assert_eq!(known.status(), 200);
    assert!(known.headers().get("set-cookie").is_none(), "it is known already");

    // Nine tries by one address, and the tenth is the last of this minute.
    assert_eq!(log_in(&client, "wrong", Some("kontor_device=forged")).await?.status(), 429);
    let flooding = log_in(&client, "correct horse battery", Some(&cookie)).await?;
    assert_eq!(flooding.status(), 429);
    let left = flooding.headers()["ratelimit"].to_str()?.to_owned();
    assert!(left.contains(r#""login-minute";r=0"#), "{left}");
    let problem: Value = flooding.json().await?;
    assert_eq!(problem["code"], "rate_limited");
    app.finish().await
}

async fn log_in(client: &Client, password: &str, cookie: Option<&str>) -> anyhow::Result<Response> {
    let body = json!({ "email": "ann@example.com", "password": password });
    let mut request = client.request(Method::POST, "/api/v1/auth/login").json(&body);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    Ok(request.send().await?)
}
