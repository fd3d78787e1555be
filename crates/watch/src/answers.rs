use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::shared::ports::HealthCheck;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde_json::json;
use tokio::time::timeout;

use crate::Process;

/// Time all checks together may take.
const PATIENCE: Duration = Duration::from_secs(2);

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Answers one request.
pub(crate) async fn answer<B>(process: &Process, request: &Request<B>) -> Response<Full<Bytes>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        _ if !is_read => respond(StatusCode::METHOD_NOT_ALLOWED, JSON, status("read only")),
        "/health" | "/health/live" => respond(StatusCode::OK, JSON, status("ok")),
        "/health/ready" => ready(process).await,
        "/metrics" => match &process.counted {
            Some(counted) => respond(StatusCode::OK, TEXT, counted()),
            None => respond(StatusCode::NOT_FOUND, JSON, status("not counted")),
        },
        _ => respond(StatusCode::NOT_FOUND, JSON, status("nothing here")),
    }
}

/// Really asks every service.
async fn ready(process: &Process) -> Response<Full<Bytes>> {
    if process.stopping.is_cancelled() {
        return respond(StatusCode::SERVICE_UNAVAILABLE, JSON, status("stopping"));
    }
    let verdicts = join_all(process.checks.iter().map(|check| verdict(process, check))).await;
    let services: BTreeMap<_, _> = verdicts.into_iter().collect();
    let any = |verdict| services.values().any(|one| *one == verdict);
    let (code, word) = if any("down") {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    } else {
        (StatusCode::OK, if any("degraded") { "degraded" } else { "ok" })
    };
    respond(code, JSON, json!({ "status": word, "services": services }).to_string())
}

async fn verdict(process: &Process, check: &Arc<dyn HealthCheck>) -> (&'static str, &'static str) {
    let service = check.service();
    let failure = match timeout(PATIENCE, check.check()).await {
        Ok(Ok(())) => return (service, "ok"),
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(service, error = failure, "not healthy");
    let is_needed = check.is_essential() || process.needs.contains(&service);
    (service, if is_needed { "down" } else { "degraded" })
}

fn status(word: &str) -> String {
    json!({ "status": word }).to_string()
}

fn respond(code: StatusCode, kind: HeaderValue, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
