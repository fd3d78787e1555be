//! What the doctor says of surroundings that are not good.

use std::{fs, os::unix::fs::PermissionsExt};

use acceptance::{Stack, Surroundings};
use serde_json::Value;

#[cfg(feature = "services")]
use crate::program::until;
use crate::program::{Program, free_port};

/// What the doctor finds, with its code.
async fn examined(program: &Program, more: &[&str]) -> (Option<i32>, Value) {
    let ended = program.run(&[&["doctor", "--json"], more].concat()).await;
    let report = serde_json::from_str(&ended.out);
    (ended.code, report.unwrap_or_else(|_| panic!("{} {}", ended.out, ended.err)))
}

fn of<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["surroundings"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
}

/// The one thing that is not good is `name`, and `fix` helps.
async fn only(program: &Program, more: &[&str], name: &str, fix: &str) -> Value {
    let (code, report) = examined(program, more).await;
    assert_eq!((code, &report["clean"]), (Some(3), &false.into()), "{report}");
    for one in report["surroundings"].as_array().unwrap() {
        assert_eq!(one["ok"], one["name"] != name, "{report}");
    }
    assert!(of(&report, name)["fix"].as_str().unwrap().contains(fix), "{report}");
    assert!(!report.to_string().contains("hunter2"), "{report}");
    report
}

#[tokio::test]
async fn a_store_that_is_well_stands_well() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let (code, report) = examined(&program, &[]).await;
    assert_eq!((code, &report["clean"]), (Some(0), &true.into()), "{report}");
    for name in ["settings", "secrets", "disk", "mail", "database", "schema", "clock"] {
        assert_eq!(of(&report, name)["ok"], true, "{name}: {report}");
        assert!(of(&report, name)["fix"].is_null(), "{name}: {report}");
    }
    let table = program.done(&["doctor"]).await;
    assert!(table.contains("what helps") && table.contains("there is one clock"), "{table}");
}

#[tokio::test]
async fn each_thing_that_is_not_good_names_what_helps() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    let nobody = free_port();
    only(&program, &["--min-free", "1000000000"], "disk", "APP__DATA_DIR").await;
    let redis = format!("redis://:hunter2@127.0.0.1:{nobody}");
    only(&program.clone().with("REDIS__URL", &redis), &[], "cache", "REDIS__URL").await;
    let smtp = program
        .clone()
        .with("MAIL__TRANSPORT", "smtp")
        .with("MAIL__FROM", "shop@shop.example")
        .with("MAIL__SMTP_URL", &format!("smtp://shop:hunter2@127.0.0.1:{nobody}"));
    only(&smtp, &[], "mail", "MAIL__SMTP_URL").await;

    let amqp = format!("amqp://guest:hunter2@127.0.0.1:{nobody}");
    let (code, report) = examined(&program.clone().with("RABBITMQ__URL", &amqp), &[]).await;
    assert_eq!(code, Some(3));
    for name in ["broker", "topology"] {
        assert_eq!(of(&report, name)["ok"], false, "{report}");
    }
    assert!(of(&report, "broker")["fix"].as_str().unwrap().contains("RABBITMQ__URL"), "{report}");
    assert!(!report.to_string().contains("hunter2"), "{report}");

    let folder = tempfile::tempdir().unwrap();
    let away = format!("postgres://shop:hunter2@127.0.0.1:{nobody}/shop");
    let elsewhere = Program::bare(folder.path()).with("DB__URL", &away);
    let report = only(&elsewhere, &[], "database", "DB__URL").await;
    assert_eq!(report["checked"].as_array().unwrap().len(), 0, "nothing could be asked");

    program.done(&["migrate", "down"]).await;
    only(&program, &[], "schema", "kontor migrate up").await;
    let table = program.run(&["doctor"]).await;
    assert!(table.out.contains("not ok: 1 migrations are pending"), "{}", table.out);
}

#[tokio::test]
async fn secrets_that_others_can_read_are_named_with_the_command_that_closes_them() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    program.done(&["migrate", "up"]).await;
    program.is_healthy().await;
    let secret = folder.path().join("data/root-secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let report = only(&program, &[], "secrets", "chmod 600 ./data/root-secret").await;
    let kept = fs::read_to_string(&secret).unwrap();
    assert!(!report.to_string().contains(kept.trim()));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    program.is_healthy().await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn what_is_not_on_the_broker_yet_is_named_and_not_made() {
    let surroundings = Surroundings::make(Stack::ScaledOut).await.unwrap();
    let program = Program::within(&surroundings);
    program.done(&["migrate", "up"]).await;
    for _ in 0..2 {
        let report = only(&program, &[], "topology", "kontor worker").await;
        let missing = of(&report, "topology")["detail"].as_str().unwrap();
        assert!(missing.contains(".events") && missing.contains(".retry."), "{missing}");
        assert_eq!(of(&report, "clock")["ok"], true, "{report}");
        assert_eq!(of(&report, "cache")["ok"], true, "{report}");
    }
    let worker = program.start(&["worker"]);
    until("the worker has made it", async || {
        (examined(&program, &[]).await.0 == Some(0)).then_some(())
    })
    .await;
    worker.stop().await;
    surroundings.clear().await.unwrap();
}
