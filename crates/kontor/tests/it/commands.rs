//! What each command prints and how it ends.

use acceptance::{Client, Stack, Surroundings};
use serde_json::Value;

use crate::program::{Program, free_port};

#[tokio::test]
async fn the_schema_goes_up_and_down() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    assert!(program.done(&["migrate", "status"]).await.starts_with("pending "));
    program.done(&["migrate", "up"]).await;
    program.done(&["init-db"]).await;
    let status: Value =
        serde_json::from_str(&program.done(&["migrate", "status", "--json"]).await).unwrap();
    assert!(!status.as_array().unwrap().is_empty());
    assert!(status.as_array().unwrap().iter().all(|one| one["applied"] == true), "{status}");
    program.done(&["migrate", "down"]).await;
    let status = program.done(&["migrate", "status"]).await;
    assert!(status.lines().last().unwrap().starts_with("pending "), "{status}");
    assert!(status.starts_with("applied "), "only the last one went: {status}");
    program.done(&["seed", "--products", "20"]).await;

    let careful = program.run(&["migrate", "fresh"]).await;
    assert_eq!(careful.code, Some(1));
    assert!(careful.reason().contains("--yes"), "{}", careful.err);
    assert_eq!(program.run(&["seed"]).await.code, Some(1), "nothing was dropped");
    program.done(&["migrate", "fresh", "--yes"]).await;
    program.done(&["seed", "--products", "20"]).await;
    program.is_healthy().await;
}

#[tokio::test]
async fn seeding_is_done_once() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    let done = program.done(&["seed", "--products", "40"]).await;
    assert!(done.contains("40 products in 20 categories"), "{done}");
    let again = program.run(&["seed", "--products", "40"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.reason().contains("the catalogue is not empty"), "{}", again.err);
}

#[tokio::test]
async fn documents_are_printed_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    let openapi: Value = serde_json::from_str(&program.done(&["openapi"]).await).unwrap();
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(openapi["paths"]["/api/v1/orders"]["post"].is_object());
    assert!(program.done(&["config", "check"]).await.contains("good"));
    let example = program.done(&["config", "example"]).await;
    assert!(example.contains("#HTTP__PORT=8000"), "{example}");
    for arguments in [&["--help"][..], &["serve", "--help"], &["migrate", "--help"]] {
        assert!(program.done(arguments).await.contains("Usage: kontor"));
    }
    assert!(program.done(&["--version"]).await.starts_with("kontor "));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    // The example is itself a good file.
    std::fs::write(folder.path().join(".env"), example).unwrap();
    program.done(&["config", "check"]).await;
}

#[tokio::test]
async fn wrong_arguments_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    for (arguments, said) in [
        (&[][..], "Usage: kontor"),
        (&["sell"], "unrecognized subcommand 'sell'"),
        (&["seed", "--products", "many"], "invalid value 'many'"),
        (&["--set", "HTTP__PORT", "serve"], "KEY=VALUE"),
        (&["migrate", "down", "--steps", "-1"], "'-1'"),
    ] {
        let ended = program.run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
}

#[tokio::test]
async fn health_is_asked_of_the_one_who_listens() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let port = free_port().to_string();
    let program = Program::within(&surroundings).with("HTTP__PORT", &port);
    let nobody = program.run(&["healthcheck"]).await;
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.reason().contains(&port), "{}", nobody.err);
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(anybody.get("/health/live").await.unwrap().0, 200);
    program.done(&["healthcheck"]).await;
    serving.stop().await;
    assert_eq!(program.run(&["healthcheck"]).await.code, Some(1));
}

#[tokio::test]
async fn the_doctor_says_when_there_is_nobody_to_examine() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Program::bare(folder.path()).run(&["doctor"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.reason().contains("there is no store at ./data/kontor.db"), "{}", ended.err);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "it only looks");
}

#[tokio::test]
async fn the_audit_log_is_proven_and_what_is_gone_is_named() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    let nothing = program.run(&["audit", "verify"]).await;
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.reason().contains("there is no store"), "{}", nothing.err);
    program.done(&["migrate", "up"]).await;
    assert!(program.done(&["audit", "verify"]).await.starts_with("0 entries are intact"));

    let gone = "UPDATE audit_head SET seq = 1";
    surroundings.tamper(gone).await.unwrap();
    let found = program.run(&["audit", "verify"]).await;
    assert_eq!(found.code, Some(3), "{}", found.err);
    assert!(found.out.starts_with("entry 1 is missing"), "{}", found.out);
    let found = program.run(&["audit", "verify", "--json"]).await;
    assert_eq!(found.code, Some(3));
    let found: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(
        (&found["broken"]["seq"], &found["broken"]["fault"]),
        (&1.into(), &"missing".into())
    );
}

#[tokio::test]
async fn jobs_are_listed_and_run_by_hand() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    assert!(program.done(&["jobs", "list"]).await.contains("expire_orders"));
    let ran: Value =
        serde_json::from_str(&program.done(&["jobs", "run", "purge_events", "--json"]).await)
            .unwrap();
    assert_eq!((&ran["last"]["outcome"], &ran["last"]["count"]), (&"done".into(), &0.into()));
    let listed: Value =
        serde_json::from_str(&program.done(&["jobs", "list", "--json"]).await).unwrap();
    let items = listed["items"].as_array().unwrap();
    let of = |name: &str| items.iter().find(|item| item["name"] == name).unwrap();
    assert_eq!(of("purge_events")["runs"], 1);
    assert_eq!(of("purge_events")["due_at"], ran["due_at"]);
    assert_eq!(
        (&of("expire_orders")["runs"], &of("expire_orders")["last"]),
        (&0.into(), &Value::Null)
    );
    let unknown = program.run(&["jobs", "run", "sleep"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.reason().contains("purge_handled"), "{}", unknown.err);
}

#[tokio::test]
async fn what_waits_and_what_is_dead_is_told() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let told = async |arguments: &[&str]| -> Value {
        serde_json::from_str(&program.done(arguments).await).unwrap()
    };
    assert_eq!(told(&["outbox", "status", "--json"]).await["waiting"], 0);
    assert_eq!(told(&["dead-letters", "list", "--json"]).await["total"], 0);
    let nowhere = program.run(&["outbox", "relay"]).await;
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.reason().contains("RABBITMQ__URL"), "{}", nowhere.err);
    let nobody = "018f0000-0000-7000-8000-000000000000";
    for command in ["show", "replay", "drop"] {
        let missing = program.run(&["dead-letters", command, nobody]).await;
        assert_eq!(missing.code, Some(1), "{command}");
        assert!(missing.reason().contains("there is no dead letter"), "{}", missing.err);
    }
}

#[tokio::test]
async fn settings_routes_and_completions_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path()).with("AUTH__SECRET", &"hunter2".repeat(6));
    let shown = program.done(&["--set", "HTTP__PORT=9000", "config", "show", "--json"]).await;
    assert!(!shown.contains("hunter2"));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let port = shown.as_array().unwrap().iter().find(|one| one["key"] == "http.port").unwrap();
    assert_eq!((&port["value"], &port["layer"]), (&"9000".into(), &"command line".into()));
    let table = program.done(&["config", "show"]).await;
    assert!(table.contains("AUTH__SECRET") && table.contains("********"), "{table}");
    let routes: Value = serde_json::from_str(&program.done(&["routes", "--json"]).await).unwrap();
    let route = routes.as_array().unwrap().iter().find(|one| one["path"] == "/api/v1/orders");
    assert_eq!(route.unwrap()["access"], "signed in");
    assert!(program.done(&["routes"]).await.contains("/api/v1/products"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(program.done(&["completions", shell]).await.contains("dead-letters"), "{shell}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
