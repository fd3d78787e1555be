use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use web::HttpSettings;

use crate::{site_with, stubs::Stub};

fn impatient() -> HttpSettings {
    HttpSettings { health_deadline: Duration::from_millis(50), ..HttpSettings::default() }
}

#[actix_web::test]
async fn ready_depends_on_what_is_essential_and_tells_the_rest() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, impatient()).await;
    let ready = site.get("/health/ready").await;
    assert_eq!(ready.json()["status"], "ok");
    assert_eq!(ready.json()["services"]["broker"], "ok");

    stub.broker_down.store(true, Ordering::SeqCst);
    let degraded = site.get("/health/ready").await;
    assert_eq!((degraded.status, degraded.json()["status"].as_str()), (200, Some("degraded")));
    assert_eq!(degraded.json()["services"]["broker"], "degraded");
    let database = site.get("/api/v1/health/db").await;
    assert_eq!(database.json()["services"], serde_json::json!({ "database": "ok" }));

    stub.database_down.store(true, Ordering::SeqCst);
    let down = site.get("/health/ready").await;
    assert_eq!(down.problem(503), "unavailable");
    assert_eq!(down.json()["services"]["database"], "down");
    assert_eq!(site.get("/api/v1/health/db").await.problem(503), "unavailable");
    for path in ["/health", "/health/live", "/api/v1/health"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
}
