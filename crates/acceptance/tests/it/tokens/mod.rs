//! Every token that is not good, at every operation that wants a caller: 401, and nothing happens.

mod forge;
mod misused;

use std::collections::{BTreeSet, HashSet};

use acceptance::{Stack, TestApp};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use web::{Access, Operation, operations};

use forge::{Algorithm, Good};

crate::on_both_stacks!(
    no_bad_token_opens_any_door_with_a_secret,
    no_bad_token_opens_any_door_with_a_public_key,
    no_other_token_is_a_refresh_token,
);

/// How a token is brought.
#[derive(Clone, Debug)]
pub(crate) enum Brought {
    /// `Authorization: Bearer`.
    Bearer(String),
    /// `Authorization`, as it is.
    Header(String),
    /// `Cookie`, as it is.
    Cookie(String),
    /// In the address.
    Query(String),
}

/// What is wrong, and the token.
pub(crate) type Bad = (String, Brought);

/// Accepts requests, but only as many at once as a browser would.
const AT_ONCE: usize = 16;

async fn no_bad_token_opens_any_door_with_a_secret(stack: Stack) -> anyhow::Result<()> {
    Box::pin(at_every_door(stack, Algorithm::Hs256)).await
}

async fn no_bad_token_opens_any_door_with_a_public_key(stack: Stack) -> anyhow::Result<()> {
    Box::pin(at_every_door(stack, Algorithm::EdDsa)).await
}

async fn at_every_door(stack: Stack, algorithm: Algorithm) -> anyhow::Result<()> {
    let variables = [("AUTH__ALGORITHM", algorithm.name().to_owned())];
    let app = TestApp::start_with(stack, &variables).await?;
    let good = Good::of(&app, algorithm).await?;
    let bad: Vec<Bad> =
        good.mutations().into_iter().chain(misused::all(&app, &good).await?).collect();
    let kinds: BTreeSet<_> = bad.iter().map(|(what, _)| what).collect();
    assert_eq!(kinds.len(), bad.len(), "each is named once");
    assert!(bad.len() >= 90, "{} bad tokens", bad.len());

    // A page sends whoever is nobody to the log-in instead.
    let wants_caller =
        |known: &&Operation| known.access != Access::Public && known.path.starts_with("/api/");
    let mut doors: Vec<_> = operations().filter(wants_caller).collect();
    assert!(doors.len() >= 40, "{} operations that want a caller", doors.len());
    if algorithm == Algorithm::EdDsa {
        // The guard is the same for all: each kind of door will do for a signature this slow.
        let mut kinds = HashSet::new();
        doors.retain(|door| {
            let access = std::mem::discriminant(&door.access);
            kinds.insert((door.method, access, door.wants_recent_password))
        });
        assert!(doors.len() >= 8, "{} kinds of doors", doors.len());
    }
    let tries = bad.iter().flat_map(|bad| doors.iter().map(move |door| (bad, *door)));
    let client = app.client();
    let tries = stream::iter(tries.map(|((what, brought), door)| {
        let client = &client;
        async move {
            let response = request(client, brought, door).send().await?;
            let status = response.status();
            let body: Value = response.json().await?;
            anyhow::ensure!(status == 401, "{what} at {door:?}: {status} {body}");
            let code = body["code"].as_str().unwrap_or_default();
            let is_known = ["token_invalid", "token_missing", "session_revoked"].contains(&code);
            anyhow::ensure!(is_known || code.starts_with("refresh_"), "{what} at {door:?}: {body}");
            Ok(())
        }
    }));
    tries.buffer_unordered(AT_ONCE).try_collect::<()>().await?;

    let (status, me) = app.client().with_token(&good.token).get("/api/v1/auth/me").await?;
    assert_eq!(status, 200, "the good one still is: {me}");
    assert_eq!(me["email"], "ann@example.com");
    app.finish().await
}

fn request(
    client: &acceptance::Client,
    brought: &Brought,
    door: &Operation,
) -> reqwest::RequestBuilder {
    let method: Method = door.method.parse().unwrap();
    let mut path: String = door
        .path
        .split('/')
        .map(
            |part| {
                if part.starts_with('{') { "00000000-0000-7000-8000-000000000001" } else { part }
            },
        )
        .collect::<Vec<_>>()
        .join("/");
    if let Brought::Query(token) = brought {
        path = format!("{path}?access_token={token}");
    }
    let request = client.request(method.clone(), &path);
    let request = if method == Method::GET { request } else { request.json(&json!({})) };
    match brought {
        Brought::Bearer(token) => request.header("authorization", format!("Bearer {token}")),
        Brought::Header(text) => request.header("authorization", text),
        Brought::Cookie(text) => request
            .header("cookie", format!("{text}; kontor-csrf=none"))
            .header("x-csrf-token", "none"),
        Brought::Query(_) => request,
    }
}

async fn no_other_token_is_a_refresh_token(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let good = Good::of(&app, Algorithm::Hs256).await?;
    let mut presented: Vec<Bad> = good.mutations();
    presented.push(("an access token".to_owned(), Brought::Bearer(good.token.clone())));
    let refresh = &good.refresh;
    for at in [0, 21, 32, 75, refresh.len() - 1] {
        let mut bytes = refresh.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        presented.push((format!("changed at {at}"), Brought::Bearer(String::from_utf8(bytes)?)));
        presented
            .push((format!("cut at {at}"), Brought::Bearer(refresh.split_at(at).0.to_owned())));
    }
    presented.push(("twice".to_owned(), Brought::Bearer(format!("{refresh}{refresh}"))));
    for (what, brought) in presented {
        let Brought::Bearer(token) = brought else { continue };
        let body = json!({ "refresh_token": token });
        let (status, answer) = app.client().post("/api/v1/auth/refresh", &body).await?;
        let is_refused = status == 401 || (status == 422 && token.is_empty());
        assert!(is_refused, "{what}: {status} {answer}");
    }
    let body = json!({ "refresh_token": refresh });
    assert_eq!(app.client().post("/api/v1/auth/refresh", &body).await?.0, 200, "none spent it");
    app.finish().await
}
