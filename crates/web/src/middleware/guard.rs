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
    identity::cookies,
    limits, pages,
    routes::{Access, Limit, Operation},
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
    let is_counted = operation.limit != Limit::Unlimited;
    let turn = is_counted.then(|| app.load.enter(app.settings.max_in_flight));
    if matches!(turn, Some(None)) {
        let refused = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "")
            .retry_after(Duration::from_secs(1));
        return Ok(ServiceResponse::from_err(refused, http));
    }
    let work = async {
        match admit(operation, &app, &request).await {
            Ok(()) => next.call(request).await,
            Err(refused) if operation.is_screen && refused.is_unauthenticated() => {
                let answer = pages::to_log_in(request.request());
                Ok(request.into_response(answer))
            }
            Err(refused) => Err(refused.into()),
        }
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
    let is_closed = operation.is_screen && !app.settings.is_public(http.path());
    if operation.access == Access::Public && !is_closed {
        return limits::enforce(app, operation, http, None).await;
    }
    let known =
        if operation.is_screen { cookies::holder(http).await } else { authenticate(http).await };
    let known = known.and_then(|actor| actor.ok_or_else(ApiError::token_missing));
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
