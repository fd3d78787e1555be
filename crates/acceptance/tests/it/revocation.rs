//! Sessions of two instances on one database: rotated once, ended everywhere.

use std::time::{Duration, Instant};

use acceptance::{Client, Stack, TestApp};
use futures_util::future::try_join_all;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

crate::on_both_stacks!(two_instances_agree_on_one_successor_and_on_its_end);

const PASSWORD: &str = "correct horse battery";

async fn sign_up(client: &Client, email: &str) -> anyhow::Result<Value> {
    let body = json!({ "email": email, "password": PASSWORD });
    let (status, answer) = client.post("/api/v1/auth/register", &body).await?;
    anyhow::ensure!(status == 201, "{status} {answer}");
    Ok(answer)
}

async fn refresh(client: &Client, token: &Value) -> anyhow::Result<(u16, Value)> {
    let body = json!({ "refresh_token": token });
    let (status, answer) = client.post("/api/v1/auth/refresh", &body).await?;
    Ok((status.as_u16(), answer))
}

/// A SQLite file belongs to one process: there, both callers come to the same one.
async fn two_instances_agree_on_one_successor_and_on_its_end(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let other = match stack {
        Stack::Embedded => None,
        Stack::ScaledOut => Some(app.another().await?),
    };
    let here = app.client();
    let there = other.as_ref().map_or_else(|| here.clone(), TestApp::client);
    let first = sign_up(&here, "ann@example.com").await?["refresh_token"].clone();

    let both = [&here, &there];
    let answers = try_join_all((0..20).map(|at| refresh(both[at % 2], &first))).await?;
    let second = &answers[0].1;
    for (status, answer) in &answers {
        assert_eq!(
            (*status, &answer["refresh_token"]),
            (200, &second["refresh_token"]),
            "{answer}"
        );
    }
    let token = second["access_token"].as_str().unwrap();
    for client in both {
        assert_eq!(client.with_token(token).get("/api/v1/auth/me").await?.0, 200);
    }

    // The grace is over: the predecessor comes from a thief, or the successor was stolen.
    let back = "UPDATE sessions SET rotated_at = rotated_at - 60000000";
    app.connection().execute_unprepared(back).await?;
    let (status, refused) = refresh(&there, &first).await?;
    assert_eq!((status, &refused["code"]), (401, &json!("session_revoked")), "{refused}");
    assert_eq!(refresh(&here, &second["refresh_token"]).await?.0, 401, "in that one request");
    assert_eq!(there.with_token(token).get("/api/v1/auth/me").await?.0, 401, "at once");
    until_refused(&here.with_token(token)).await?;
    if let Some(other) = other {
        other.finish().await?;
    }
    app.finish().await
}

/// Waits for the 401 that has to come within a second; what a busy machine adds is bounded, too.
async fn until_refused(client: &Client) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let asked = began.elapsed();
        let (status, answer) = client.get("/api/v1/auth/me").await?;
        if status == 401 {
            return Ok(());
        }
        // The answer to a question asked a second after the end may not be the old one.
        anyhow::ensure!(asked < Duration::from_secs(1), "still {status} after {asked:?}: {answer}");
    }
}

#[cfg(feature = "services")]
mod two_instances {
    use acceptance::{RedisMood, RedisProxy};
    use reqwest::Method;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn end_each_other_s_sessions_within_a_second_whatever_becomes_of_redis() {
        Box::pin(whatever_becomes_of_redis()).await.expect("the scenario");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn end_each_other_s_sessions_within_a_second_without_redis() {
        let none = [("REDIS__URL", String::new())];
        let app = TestApp::start_with(Stack::ScaledOut, &none).await.expect("a system");
        let other = app.another().await.expect("an instance");
        Box::pin(every_way_out(&app, &other, "none")).await.expect("the scenario");
        other.finish().await.expect("the end");
        app.finish().await.expect("the end");
    }

    async fn whatever_becomes_of_redis() -> anyhow::Result<()> {
        let redis = RedisProxy::start().await?;
        let app = TestApp::start_with(Stack::ScaledOut, &[("REDIS__URL", redis.url())]).await?;
        let other = app.another().await?;
        for (round, mood) in
            [RedisMood::Well, RedisMood::Stalled, RedisMood::Well, RedisMood::Dead, RedisMood::Well]
                .into_iter()
                .enumerate()
        {
            redis.set(mood);
            Box::pin(every_way_out(&app, &other, &format!("{mood:?}-{round}"))).await?;
        }
        other.finish().await?;
        app.finish().await
    }

    /// A session that both instances know is ended on the first in every way there is.
    async fn every_way_out(app: &TestApp, other: &TestApp, round: &str) -> anyhow::Result<()> {
        let round = round.to_lowercase();
        let boss = app.admin(&format!("boss-{round}@example.com")).await?;
        for way in ["logout", "logout-all", "session", "password", "disabled", "deleted", "erased"]
        {
            let email = format!("{way}-{round}@example.com");
            let answer = sign_up(&app.client(), &email).await?;
            let token = answer["access_token"].as_str().unwrap();
            let (here, there) = (app.client().with_token(token), other.client().with_token(token));
            let (status, me) = there.get("/api/v1/auth/me").await?;
            assert_eq!(status, 200, "{me}");
            let person = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
            let ended = match way {
                "logout" | "logout-all" => {
                    here.request(Method::POST, &format!("/api/v1/auth/{way}"))
                }
                "session" => {
                    let (_, sessions) = here.get("/api/v1/auth/sessions").await?;
                    let id = sessions["items"][0]["id"].as_str().unwrap().to_owned();
                    here.request(Method::DELETE, &format!("/api/v1/auth/sessions/{id}"))
                }
                "password" => {
                    let body = json!({ "email": email, "password": PASSWORD });
                    let (_, elsewhere) = app.client().post("/api/v1/auth/login", &body).await?;
                    let elsewhere = elsewhere["access_token"].as_str().unwrap().to_owned();
                    let change = json!({
                        "current_password": PASSWORD, "new_password": "battery staple correct",
                    });
                    let path = "/api/v1/users/me/change-password";
                    let elsewhere = app.client().with_token(&elsewhere);
                    elsewhere.request(Method::POST, path).json(&change)
                }
                "disabled" => {
                    let off = json!({ "is_active": false });
                    boss.request(Method::PATCH, &person).json(&off)
                }
                "deleted" => boss.request(Method::DELETE, &person),
                _ => here.request(Method::DELETE, "/api/v1/users/me"),
            };
            let status = ended.send().await?.status();
            anyhow::ensure!(status.is_success(), "{way}: {status}");
            let refused = here.get("/api/v1/auth/me").await?.0;
            anyhow::ensure!(refused == 401, "{way} is not seen at once: {refused}");
            until_refused(&there).await?;
        }
        Ok(())
    }
}
