//! Messages through outbox, bus and worker.

use acceptance::{Stack, TestApp};
use serde_json::json;

crate::on_both_stacks!(a_task_goes_through_the_whole_chain);

async fn a_task_goes_through_the_whole_chain(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let admin = app.admin("boss@example.com").await?;
    let body = json!({ "content": "hello", "sender": "ann" });
    let (status, pushed) = admin.post("/api/v1/test/push_task", &body).await?;
    assert_eq!(status, 202, "{pushed}");
    assert_eq!(pushed["status"], "queued");
    app.run_until_idle().await?;
    let (status, tasks) = admin.get("/api/v1/admin/tasks").await?;
    assert_eq!(status, 200, "{tasks}");
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");
    let task = &tasks["items"][0];
    assert_eq!((&task["id"], &task["content"]), (&pushed["data"]["id"], &json!("hello")));
    assert!(task["handled_at"].is_string(), "{task}");
    let (_, outbox) = admin.get("/api/v1/admin/outbox").await?;
    assert_eq!(outbox["waiting"], 0, "{outbox}");
    app.finish().await
}
