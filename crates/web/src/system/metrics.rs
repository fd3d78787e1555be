use actix_web::{HttpResponse, http::header::CONTENT_TYPE};

use crate::{error::ApiError, services::App};

/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What this process counted, unless it is told elsewhere.
pub(crate) async fn tell(app: App) -> Result<HttpResponse, ApiError> {
    let counted = app.settings.metrics.as_ref().ok_or_else(ApiError::unknown_route)?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT)).body(counted.render()))
}
