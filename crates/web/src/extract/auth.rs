use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};
use domain::shared::actor::Actor;
use futures_util::future::LocalBoxFuture;

use crate::{error::ApiError, identity::cookies, services::state_of};

/// Who the bearer token of a request, or else its cookies, belong to; `None` without either.
///
/// # Errors
/// When there is a token and it is not good.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Option<Actor>, ApiError> {
    let Some(app) = state_of(request) else {
        return Err(ApiError::internal("the application has no state"));
    };
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return cookies::caller(request).await;
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match token {
        Some(token) => Ok(Some(app.services.authenticate.execute(token).await?)),
        None => Ok(None),
    }
}

/// The caller of an operation that the route table does not leave open to everybody.
pub(crate) struct CurrentUser(pub(crate) Actor);

impl FromRequest for CurrentUser {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Actor>().copied();
        ready(actor.map(Self).ok_or_else(ApiError::token_missing))
    }
}

/// The caller of an open operation, when there is a token.
pub(crate) struct MaybeUser(pub(crate) Option<Actor>);

impl FromRequest for MaybeUser {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await.map(Self) })
    }
}
