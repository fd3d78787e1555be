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
