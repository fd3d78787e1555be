use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use domain::shared::actor::Actor;
use futures_util::future::LocalBoxFuture;

use crate::{error::ApiError, identity::cookies};

/// Who looks at a page that everybody may see; nobody when the session is over.
pub(crate) struct Visitor(pub(super) Option<Actor>);

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let admitted = request.extensions().get::<Actor>().copied();
            if let Some(actor) = admitted {
                return Ok(Self(Some(actor)));
            }
            match cookies::holder(&request).await {
                Ok(actor) => Ok(Self(actor)),
                Err(refused) if refused.is_unauthenticated() => Ok(Self(None)),
                Err(error) => Err(error),
            }
        })
    }
}
