use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use domain::shared::{event::Provenance, network::ClientNetwork};

use super::client::client_ip;
use crate::{error::ApiError, middleware::RequestContext};

/// What the changes of a request are traced back to.
pub(crate) struct RequestProvenance(pub(crate) Provenance);

impl FromRequest for RequestProvenance {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(provenance_of(request).map(Self))
    }
}

/// What the changes of `request` are traced back to.
///
/// # Errors
/// When the request was not named: a bug.
pub(crate) fn provenance_of(request: &HttpRequest) -> Result<Provenance, ApiError> {
    let extensions = request.extensions();
    let provenance = extensions.get::<RequestContext>().map(|context| Provenance {
        correlation_id: Some(context.id.clone()),
        causation_id: None,
        traceparent: context.traceparent.clone(),
        network: client_ip(request).map(ClientNetwork::of),
    });
    provenance.ok_or_else(|| ApiError::internal("the request was not named"))
}
