use std::time::Duration;

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{self, HeaderValue},
    middleware::Next,
};

use super::{RequestContext, headers, packed::packed};
use crate::{
    counted::count_refused,
    error::{ApiError, Problem, by_status},
    identity::cookies,
    lang::Lang,
    limits::{self, Counted},
    pages,
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
            let http = response.request().clone();
            if let Some((told, problem_code)) = told(&app, &http, response.response(), &context) {
                code = Some(problem_code);
                response = response.into_response(told);
            }
            response = packed(response).await?;
            cookies::hand_out_fresh(&http, response.headers_mut()).await?;
            headers::complete(response.headers_mut(), &context.id, &app.settings);
            let counted = response.request().extensions_mut().remove::<Counted>();
            if let Some(counted) = counted {
                limits::tell(response.headers_mut(), &counted);
            }
            let route = response.request().match_pattern().unwrap_or_default();
            let micros = (app.services.clock.now() - context.started).whole_microseconds();
            let latency_us = u64::try_from(micros).unwrap_or(0);
            if let Some(code) = code {
                count_refused(response.status(), code);
            }
            let took = Duration::from_micros(latency_us);
            app.requests.count(response.request().method(), &route, response.status(), took);
            let status = response.status().as_u16();
            tracing::info!(http.route = route, http.status = status, latency_us, code, "served");
            Ok(response)
        }
        Err(error) => {
            let failure = by_status(error.as_response_error().status_code());
            failure.log();
            let mut response = failure.respond(&context.path, &context.id, Lang::default());
            headers::complete(response.headers_mut(), &context.id, &app.settings);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// What to answer with instead of `response`, when it stands for a failure and does not tell of it
/// yet: a page to whoever wants one, and else a problem.
fn told(
    app: &App,
    request: &HttpRequest,
    response: &HttpResponse,
    context: &RequestContext,
) -> Option<(HttpResponse, &'static str)> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let tell = |failure: &ApiError| {
        failure.log();
        let page = pages::failed(app, request, failure, &context.id);
        let problem = || failure.respond(&context.path, &context.id, Lang::of(request));
        (page.unwrap_or_else(problem), failure.code())
    };
    if let Some(failure) = response.error().and_then(Error::as_error::<ApiError>) {
        return Some(tell(failure));
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_told =
        [Problem::MEDIA_TYPE, pages::MEDIA_TYPE].iter().any(|told| kind == Some(told.as_bytes()));
    if is_told { None } else { Some(tell(&by_status(status))) }
}
