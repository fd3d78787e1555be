use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpResponse, http::StatusCode, rt::time::timeout};
use domain::shared::ports::HealthCheck;
use futures_util::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{error::ApiError, services::App};

/// The process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
}

/// What the process needs, and whether it has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`, or `degraded` when something that requests can do without is missing.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
    /// Each service: `ok`, `degraded` or `down`.
    #[schema(value_type = BTreeMap<String, String>)]
    pub(crate) services: BTreeMap<&'static str, &'static str>,
}

/// The process answers
#[utoipa::path(get, path = "/health/live", operation_id = "getLiveness", tag = "health",
    responses((status = 200, description = "It does", body = Health)))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Requests can be served
///
/// Asks every service behind us. 503 when one is missing that requests need, and while shutting
/// down.
#[utoipa::path(get, path = "/health/ready", operation_id = "getReadiness", tag = "health",
    responses((status = 200, description = "They can", body = Readiness)))]
pub(crate) async fn ready(app: App) -> Result<HttpResponse, ApiError> {
    if !app.readiness.is_ready() {
        return Err(unready("stopping"));
    }
    let all: Vec<_> = app.services.health.clone();
    answer(&app, &all).await
}

/// The database answers
#[utoipa::path(get, path = "/api/v1/health/db", operation_id = "getDatabaseHealth", tag = "health",
    responses((status = 200, description = "It does", body = Readiness)))]
pub(crate) async fn database(app: App) -> Result<HttpResponse, ApiError> {
    let only: Vec<_> =
        app.services.health.iter().filter(|check| check.service() == "database").cloned().collect();
    answer(&app, &only).await
}

async fn answer(app: &App, checks: &[Arc<dyn HealthCheck>]) -> Result<HttpResponse, ApiError> {
    let deadline = app.settings.health_deadline;
    let verdicts = join_all(checks.iter().map(|check| async move {
        let verdict = match timeout(deadline, check.check()).await {
            Ok(Ok(())) => return (check.service(), "ok"),
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(service = check.service(), error = verdict, "not healthy");
        (check.service(), if check.is_essential() { "down" } else { "degraded" })
    }))
    .await;
    let services: BTreeMap<_, _> = verdicts.into_iter().collect();
    if services.values().any(|verdict| *verdict == "down") {
        return Err(unready("unavailable").member("services", &services));
    }
    let degraded = services.values().any(|verdict| *verdict == "degraded");
    let status = if degraded { "degraded" } else { "ok" };
    Ok(HttpResponse::Ok().json(Readiness { status, services }))
}

fn unready(code: &'static str) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, "")
        .retry_after(std::time::Duration::from_secs(1))
}
