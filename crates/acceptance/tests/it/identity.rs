//! Accounts and sessions across instances.

use acceptance::{Client, Stack, TestApp};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

crate::on_both_stacks!(
    a_registration_race_has_exactly_one_winner,
    parallel_refreshes_get_one_successor_and_reuse_kills_the_family,
    a_logged_out_token_is_dead,
);

async fn a_registration_race_has_exactly_one_winner(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let client = app.client();
    let bodies: Vec<Value> = (0..8)
        .map(|at| {
            let email = if at % 2 == 0 { "ann@example.com" } else { "ANN@Example.Com" };
            json!({ "email": email, "password": "correct horse battery" })
        })
        .collect();
    let answers =
        try_join_all(bodies.iter().map(|body| client.post("/api/v1/auth/register", body))).await?;
    let won = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(won, 1, "{answers:?}");
    let lost = answers.iter().filter(|(status, _)| *status != 201);
    assert!(lost.into_iter().all(|(_, body)| body["code"] == "register_email_taken"));
    app.finish().await
}

async fn parallel_refreshes_get_one_successor_and_reuse_kills_the_family(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let client = app.client();
    let body = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    let (_, registered) = client.post("/api/v1/auth/register", &body).await?;
    let first = registered["refresh_token"].as_str().unwrap().to_owned();
    let answers = try_join_all((0..20).map(|_| refresh(&client, &first))).await?;
    let second = answers[0]["refresh_token"].as_str().unwrap().to_owned();
    assert!(answers.iter().all(|answer| answer["refresh_token"] == second.as_str()));
    let third = refresh(&client, &second).await?["refresh_token"].as_str().unwrap().to_owned();

    // Two generations back is theft, grace window or not.
    let (status, refused) = try_refresh(&client, &first).await?;
    assert_eq!((status, &refused["code"]), (401, &json!("session_revoked")));
    assert_eq!(try_refresh(&client, &third).await?.0, 401);
    app.finish().await
}

async fn a_logged_out_token_is_dead(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    assert_eq!(ann.get("/api/v1/users/me").await?.0, 200);
    let out = ann.request(Method::POST, "/api/v1/auth/logout").send().await?;
    assert!(out.status().is_success(), "{}", out.status());
    let (status, refused) = ann.get("/api/v1/users/me").await?;
    assert_eq!((status.as_u16(), &refused["code"]), (401, &json!("session_revoked")));
    app.finish().await
}

/// Two processes share one database and one Redis.
#[cfg(feature = "services")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_here_is_seen_there_within_a_second() {
    let app = TestApp::start(Stack::ScaledOut).await.unwrap();
    let other = app.another().await.unwrap();
    let body = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    let (_, registered) = app.client().post("/api/v1/auth/register", &body).await.unwrap();
    let token = registered["access_token"].as_str().unwrap();
    let (here, there) = (app.client().with_token(token), other.client().with_token(token));
    assert_eq!(there.get("/api/v1/auth/me").await.unwrap().0, 200);
    here.request(Method::POST, "/api/v1/auth/logout").send().await.unwrap();
    let began = std::time::Instant::now();
    acceptance::eventually(async || Ok(there.get("/api/v1/auth/me").await?.0 == 401))
        .await
        .unwrap();
    assert!(began.elapsed().as_millis() < 1_500, "{:?}", began.elapsed());
    other.finish().await.unwrap();
    app.finish().await.unwrap();
}

async fn refresh(client: &Client, token: &str) -> anyhow::Result<Value> {
    let (status, body) = try_refresh(client, token).await?;
    anyhow::ensure!(status == 200, "{status} {body}");
    Ok(body)
}

async fn try_refresh(client: &Client, token: &str) -> anyhow::Result<(u16, Value)> {
    let body = json!({ "refresh_token": token });
    let (status, body) = client.post("/api/v1/auth/refresh", &body).await?;
    Ok((status.as_u16(), body))
}
