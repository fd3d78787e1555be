use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::{
    Error, HttpMessage,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    rt::time::timeout,
};
use futures_util::FutureExt;

use crate::{error::ApiError, extract::authenticate, routes::Access, services::state_of};

/// Stands in front of one handler: lets in whom the route table lets in, ends what takes too long,
/// and turns a panic into an answer.
pub(crate) async fn guarded(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let http = request.request().clone();
    let Some(deadline) = state_of(&http).map(|app| app.settings.request_deadline) else {
        return Err(ApiError::internal("the application has no state").into());
    };
    let work = async {
        admit(access, &request).await?;
        next.call(request).await
    };
    let failure = match timeout(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(Ok(response))) => return Ok(response),
        Ok(Ok(Err(error))) => error,
        Ok(Err(panic)) => ApiError::internal(words_of(&*panic)).into(),
        Err(_) => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "deadline_exceeded", "")
            .retry_after(Duration::from_secs(1))
            .into(),
    };
    Ok(ServiceResponse::from_err(failure, http))
}

async fn admit(access: Access, request: &ServiceRequest) -> Result<(), ApiError> {
    if access == Access::Public {
        return Ok(());
    }
    let actor = authenticate(request.request()).await?.ok_or_else(ApiError::token_missing)?;
    if let Access::May(permission) = access {
        actor.require(permission)?;
    }
    request.extensions_mut().insert(actor);
    Ok(())
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("unknown"))
}
