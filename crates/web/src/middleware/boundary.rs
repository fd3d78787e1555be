use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header,
    middleware::Next,
};

use super::{RequestContext, headers};
use crate::{
    error::{ApiError, Problem, by_status},
    identity::cookies,
    limits::{self, Counted},
    services::App,
};

/// The boundary: whatever comes out is a success or a problem, carries the security headers and
/// leaves one line in the log.
pub(crate) async fn boundary(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let context = request.extensions().get::<RequestContext>().cloned();
    let (Some(context), Some(app)) = (context, request.app_data::<App>().cloned()) else {
        return Err(ApiError::internal("the request was not named").into());
    };
    match next.call(request).await {
        Ok(mut response) => {
            let mut code = None;
            if let Some((problem, problem_code)) = problem_of(response.response(), &context) {
                code = Some(problem_code);
                response = response.into_response(problem);
            }
            let http = response.request().clone();
            cookies::hand_out_fresh(&http, response.headers_mut()).await?;
            headers::complete(response.headers_mut(), &context.id, &app.settings);
            let counted = response.request().extensions_mut().remove::<Counted>();
            if let Some(counted) = counted {
                limits::tell(response.headers_mut(), &counted);
            }
            let route = response.request().match_pattern().unwrap_or_default();
            let micros = (app.services.clock.now() - context.started).whole_microseconds();
            let latency_us = u64::try_from(micros).unwrap_or(0);
            let status = response.status().as_u16();
            tracing::info!(http.route = route, http.status = status, latency_us, code, "served");
            Ok(response)
        }
        Err(error) => {
            let failure = by_status(error.as_response_error().status_code());
            failure.log();
            let mut response = failure.respond(&context.path, &context.id);
            headers::complete(response.headers_mut(), &context.id, &app.settings);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// The problem to answer with instead of `response`, when it is one and not rendered yet.
fn problem_of(
    response: &HttpResponse,
    context: &RequestContext,
) -> Option<(HttpResponse, &'static str)> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if let Some(failure) = response.error().and_then(Error::as_error::<ApiError>) {
        failure.log();
        return Some((failure.respond(&context.path, &context.id), failure.code()));
    }
    let rendered = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == Problem::MEDIA_TYPE.as_bytes());
    if rendered {
        return None;
    }
    let failure = by_status(status);
    failure.log();
    Some((failure.respond(&context.path, &context.id), failure.code()))
}
