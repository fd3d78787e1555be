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

use domain::shared::actor::Actor;

use crate::{
    error::ApiError,
    extract::authenticate,
    limits,
    routes::{Access, Operation},
    services::{App, state_of},
};

/// Stands in front of one handler: lets in whom the route table lets in, ends what takes too long,
/// and turns a panic into an answer.
pub(crate) async fn guarded(
    operation: &'static Operation,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let http = request.request().clone();
    let Some(app) = state_of(&http).cloned() else {
        return Err(ApiError::internal("the application has no state").into());
    };
    let work = async {
        admit(operation, &app, &request).await?;
        next.call(request).await
    };
    let failure =
        match timeout(app.settings.request_deadline, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(Ok(response))) => return Ok(response),
            Ok(Ok(Err(error))) => error,
            Ok(Err(panic)) => ApiError::internal(words_of(&*panic)).into(),
            Err(_) => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "deadline_exceeded", "")
                .retry_after(Duration::from_secs(1))
                .into(),
        };
    Ok(ServiceResponse::from_err(failure, http))
}

async fn admit(operation: &Operation, app: &App, request: &ServiceRequest) -> Result<(), ApiError> {
    let http = request.request();
    if operation.access == Access::Public {
        return limits::enforce(app, operation, http, None).await;
    }
    let known =
        authenticate(http).await.and_then(|actor| actor.ok_or_else(ApiError::token_missing));
    let actor = match known {
        Ok(actor) => actor,
        Err(refused) => {
            limits::enforce(app, operation, http, None).await?;
            return Err(refused);
        }
    };
    limits::enforce(app, operation, http, Some(actor.user)).await?;
    if let Access::May(permission) = operation.access {
        actor.require(permission)?;
    }
    if operation.wants_recent_password {
        require_recent_password(app, &actor)?;
    }
    request.extensions_mut().insert(actor);
    Ok(())
}

/// Refuses whoever gave the password too long ago, and says what helps (RFC 9470).
pub(crate) fn require_recent_password(app: &App, actor: &Actor) -> Result<(), ApiError> {
    let max_age = app.settings.step_up_max_age;
    actor
        .require_recent(app.services.clock.now(), max_age.try_into().unwrap_or(time::Duration::MAX))
        .map_err(|refused| ApiError::coded(refused).step_up(max_age))
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("unknown"))
}
