//! Accounts at the command line.

use acceptance::{Client, Stack, Surroundings};
use serde_json::{Value, json};

use crate::program::Program;

const PASSWORD: &str = "correct horse battery 42";

async fn accounts_are_made_and_shown(stack: Stack) {
    let surroundings = Surroundings::make(stack).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let staff = [
        "create-user",
        "--email",
        "Bob@example.com",
        "--username",
        "bob",
        "--role",
        "staff",
        "--permissions",
        "users:read,orders:read",
        "--password-stdin",
        "--json",
    ];
    let made = program.told(&staff, &format!("{PASSWORD}\n")).await;
    assert_eq!(made.code, Some(0), "{}", made.err);
    let bob: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!((&bob["email"], &bob["role"]), (&json!("Bob@example.com"), &json!("staff")));
    assert_eq!(bob["permissions"], json!(["orders:read", "users:read"]));
    let boss = ["create-user", "--admin", "--email", "boss@example.com", "--password-stdin"];
    let made = program.told(&boss, PASSWORD).await;
    assert!(made.out.starts_with("made super_admin boss@example.com ("), "{}", made.out);

    let shown = program.done(&["list-users"]).await;
    assert!(shown.contains("Bob@example.com") && shown.contains("super_admin"), "{shown}");
    assert!(shown.contains("2 of 2"), "{shown}");
    let json = async |more: &[&str]| -> Value {
        let out = program.done(&[&["list-users", "--json"], more].concat()).await;
        serde_json::from_str(&out).unwrap()
    };
    let everybody = json(&[]).await;
    assert_eq!((everybody["total"].as_u64(), &everybody["items"][1]), (Some(2), &bob));
    assert_eq!(json(&["--role", "staff"]).await["items"], json!([bob]));
    assert_eq!(json(&["--search", "BOB@"]).await["items"], json!([bob]));
    let one = json(&["--limit", "1"]).await;
    assert_eq!((one["items"].as_array().unwrap().len(), &one["total"]), (1, &json!(2)));

    // The account works, and its permissions count.
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    let body = json!({ "login": "bob", "password": PASSWORD });
    let (status, tokens) = anybody.post("/api/v1/auth/login", &body).await.unwrap();
    assert_eq!(status, 200, "{tokens}");
    let bob = anybody.with_token(tokens["access_token"].as_str().unwrap());
    assert_eq!(bob.get("/api/v1/users").await.unwrap().1["total"], 2);
    assert_eq!(bob.post("/api/v1/users", &json!({})).await.unwrap().0, 403);
    serving.stop().await;
    program.is_healthy().await;
}

#[tokio::test]
async fn accounts_are_made_and_shown_on_the_embedded_stack() {
    accounts_are_made_and_shown(Stack::Embedded).await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn accounts_are_made_and_shown_on_the_scaled_out_stack() {
    accounts_are_made_and_shown(Stack::ScaledOut).await;
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told_and_nobody_is_made() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let mail = "ann@example.com";
    for (arguments, input, code, said) in [
        (&["--password-stdin"][..], PASSWORD, 2, "--email is missing"),
        (&["--email", mail], PASSWORD, 2, "--password-stdin is missing"),
        (&["--email", "ann", "--password-stdin"], PASSWORD, 2, "not an e-mail address: ann"),
        (
            &["--email", mail, "--username", "a b", "--password-stdin"],
            PASSWORD,
            2,
            "not a user name: a b",
        ),
        (&["--email", mail, "--role", "king"], PASSWORD, 2, "user, staff, super_admin"),
        (&["--email", mail, "--permissions", "all"], PASSWORD, 2, "users:write"),
        (&["--email", mail, "--admin", "--role", "user"], PASSWORD, 2, "--role"),
        (&["--email", mail, "--password-stdin"], "short", 1, "the password is too short"),
        (&["--email", mail, "--password-stdin"], "", 1, "the password is too short"),
        (
            &["--email", mail, "--permissions", "users:write", "--password-stdin"],
            PASSWORD,
            1,
            "only staff have permissions",
        ),
    ] {
        let arguments = [&["create-user"], arguments].concat();
        let ended = program.told(&arguments, input).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains(PASSWORD) && ended.out.is_empty(), "{}", ended.err);
    }
    let ann = ["create-user", "--email", mail, "--password-stdin"];
    assert_eq!(program.told(&ann, PASSWORD).await.code, Some(0));
    let again = program.told(&ann, PASSWORD).await;
    assert_eq!(again.code, Some(1));
    assert!(again.reason().contains("the e-mail address is taken"), "{}", again.err);
    assert!(program.done(&["list-users"]).await.contains("1 of 1"));
}

#[tokio::test]
async fn where_there_is_no_store_nobody_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Program::bare(folder.path()).run(&["list-users"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.reason().contains("there is no store"), "{}", ended.err);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "it only looks");
}

async fn keys_and_sessions_are_ended_by_whoever_runs_the_shop(stack: Stack) {
    let surroundings = Surroundings::make(stack).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let staff = [
        &["create-user", "--email", "bob@example.com", "--role", "staff"][..],
        &["--permissions", "orders:read", "--password-stdin"],
    ];
    assert_eq!(program.told(&staff.concat(), PASSWORD).await.code, Some(0));
    let json = async |arguments: &[&str]| -> Value {
        serde_json::from_str(&program.done(&[arguments, &["--json"]].concat()).await).unwrap()
    };
    let bob = ["--user", "bob@example.com"];

    let named = ["--name", "warehouse", "--scopes", "orders:read", "--expires-in-days", "30"];
    let key = json(&[&["api-keys", "create"], &bob[..], &named].concat()).await;
    let token = key["token"].as_str().unwrap();
    assert!(token.starts_with("kontor_"), "{key}");
    let listed = json(&[&["api-keys", "list"], &bob[..]].concat()).await;
    assert_eq!(listed[0]["id"], key["id"]);
    assert!(listed[0].get("token").is_none() && listed[0]["expires_at"].is_string(), "{listed}");
    let shown = program.done(&[&["api-keys", "list"], &bob[..]].concat()).await;
    assert!(shown.contains("warehouse") && !shown.contains(token), "{shown}");

    let wide = ["--name", "wide", "--scopes", "users:write"];
    let refused = program.run(&[&["api-keys", "create"], &bob[..], &wide].concat()).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.reason().contains("no more than its owner"), "{}", refused.err);
    for bad in [
        &["api-keys", "create", "--user", "bob@example.com", "--name", " "][..],
        &["api-keys", "create", "--user", "bob@example.com", "--name", "x", "--scopes", "all"],
        &["api-keys", "revoke", "--user", "bob@example.com", "--key", "7"],
    ] {
        assert_eq!(program.run(bad).await.code, Some(2), "{bad:?}");
    }
    let nobody = program.run(&["api-keys", "list", "--user", "nobody@example.com"]).await;
    assert_eq!((nobody.code, nobody.reason().contains("nobody is called")), (Some(1), true));

    // The key works until it is ended, and so does a session.
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    let body = json!({ "login": "bob@example.com", "password": PASSWORD });
    let (_, tokens) = anybody.post("/api/v1/auth/login", &body).await.unwrap();
    assert_eq!(anybody.with_token(token).get("/api/v1/orders").await.unwrap().0, 200);
    serving.stop().await;
    let id = key["id"].as_str().unwrap();
    let end = [&["api-keys", "revoke"], &bob[..], &["--key", id]].concat();
    assert_eq!(json(&end).await["ended"], key["id"]);
    assert_eq!(program.run(&end).await.code, Some(1), "there is none any more");
    let ended = json(&[&["sessions", "revoke"], &bob[..]].concat()).await;
    assert_eq!(ended["ended"].as_array().unwrap().len(), 1);
    assert_eq!(json(&["cleanup-tokens"]).await["removed"], 0, "it is not over for long");

    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(anybody.with_token(token).get("/api/v1/orders").await.unwrap().0, 401);
    let access = anybody.with_token(tokens["access_token"].as_str().unwrap());
    assert_eq!(access.get("/api/v1/auth/me").await.unwrap().0, 401);
    serving.stop().await;
    assert!(program.done(&["audit", "verify"]).await.contains("intact"));
    program.is_healthy().await;
}

#[tokio::test]
async fn keys_and_sessions_are_ended_on_the_embedded_stack() {
    keys_and_sessions_are_ended_by_whoever_runs_the_shop(Stack::Embedded).await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn keys_and_sessions_are_ended_on_the_scaled_out_stack() {
    keys_and_sessions_are_ended_by_whoever_runs_the_shop(Stack::ScaledOut).await;
}
