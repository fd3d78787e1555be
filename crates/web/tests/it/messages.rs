use std::sync::Arc;

use domain::messaging::{DeadLetterId, Disposal};
use web::HttpSettings;

use crate::{site, site_with, stubs::*};

#[actix_web::test]
async fn what_waits_is_told_by_kind() {
    let site = site().await;
    let outbox = site.get_as("staff", "/api/v1/admin/outbox").await.json();
    assert_eq!((&outbox["waiting"], &outbox["types"][0]["waiting"]), (&3.into(), &3.into()));
    assert_eq!(outbox["types"][0]["type"], "ordering.order_paid.v1");
    assert_eq!(outbox["oldest"], outbox["types"][0]["oldest"]);
}

#[actix_web::test]
async fn a_dead_letter_is_shown_with_its_event() {
    let site = site().await;
    let listed = site.get_as("staff", "/api/v1/admin/dead-letters").await.json();
    let letter = site.get_as("staff", &format!("/api/v1/admin/dead-letters/{ORDER}")).await.json();
    assert_eq!(listed["items"][0], letter);
    assert_eq!(letter["event_type"], "identity.user_registered.v1");
    assert_eq!(letter["payload"]["type"], "identity.user_registered.v1");
    assert_eq!((&letter["attempts"], &letter["reason"]), (&5.into(), &"no such template".into()));
}

#[actix_web::test]
async fn a_dead_letter_is_replayed_or_dropped() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = format!("/api/v1/admin/dead-letters/{ORDER}");
    assert_eq!(site.post_as("staff", &format!("{path}/replay"), "").await.status, 204);
    let request = actix_web::test::TestRequest::delete().uri(&path);
    assert_eq!(site.send(crate::signed(request, "staff")).await.status, 204);
    let letter = DeadLetterId::new(ORDER);
    let expected = [(letter, Disposal::Replay), (letter, Disposal::Drop)];
    assert_eq!(*stub.settled.lock().unwrap(), expected);
    let elsewhere = format!("/api/v1/admin/dead-letters/{PAYMENT}/replay");
    let missing = site.post_as("staff", &elsewhere, "").await;
    assert_eq!(missing.problem(404), "dead_letter_not_found");
    let malformed = site.get_as("staff", "/api/v1/admin/dead-letters/1").await;
    assert_eq!(malformed.problem(422), "invalid_id");
}

#[actix_web::test]
async fn a_task_is_taken_and_shown() {
    let site = site().await;
    let path = "/api/v1/test/push_task";
    let pushed = site.post_as("staff", path, r#"{"content":" hello ","sender":"ann"}"#).await;
    assert_eq!((pushed.status, &pushed.json()["status"]), (202, &"queued".into()));
    let data = &pushed.json()["data"];
    assert_eq!((&data["content"], &data["sender"]), (&"hello".into(), &"ann".into()));
    assert!(data["handled_at"].is_null());
    let listed = site.get_as("staff", "/api/v1/admin/tasks").await.json();
    assert_eq!(listed["items"][0]["content"], "hello");
    let long = format!(r#"{{"content":"{}"}}"#, "x".repeat(1_001));
    for body in ["{}", r#"{"content":""}"#, r#"{"content":"a","to":"b"}"#, &long] {
        let refused = site.post_as("staff", path, body).await;
        assert_eq!(refused.problem(422), "invalid_body", "{body}");
    }
}
