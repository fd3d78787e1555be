use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::shared::actor::Actor;
use futures_util::future::LocalBoxFuture;

use crate::{
    error::{ApiError, by_status},
    extract::{Body, nfc},
    identity::cookies,
    services::state_of,
};

/// What a form of one of our pages was filled with. Whoever is signed in has to send the token of
/// the session with it, and nobody may send one from another site.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The value of `name` as it was typed; empty when it is absent.
    pub(super) fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The value of `name` without the spaces around it; `None` when nothing is left.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.raw(name).trim()).filter(|text| !text.is_empty())
    }

    /// The value of `name` in NFC, as passwords are compared.
    pub(super) fn secret(&self, name: &str) -> domain::identity::Secret {
        domain::identity::Secret(nfc(self.raw(name)))
    }

    /// The values of `names`, to fill the form again with.
    pub(super) fn keep<'a>(&'a self, names: &[&'static str]) -> super::view::Values<'a> {
        names.iter().map(|name| (*name, self.raw(name))).collect()
    }
}

impl FromRequest for Form {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Body::from_request(request, payload));
        Box::pin(async move {
            let Some(app) = state_of(&request) else {
                return Err(ApiError::internal("the application has no state"));
            };
            cookies::must_be_ours(app, &request)?;
            if !request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            let form = read(&body.await?.0)?;
            let actor = request.extensions().get::<Actor>().copied();
            if let Some(actor) = actor {
                cookies::must_know_session(app, &actor, Some(form.raw("csrf")))?;
            }
            Ok(form)
        })
    }
}

fn read(body: &[u8]) -> Result<Form, ApiError> {
    let malformed = || ApiError::malformed("malformed_form", "The form cannot be read.");
    let text = std::str::from_utf8(body).map_err(|error| malformed().caused_by(error))?;
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|error| malformed().caused_by(error.to_string()))?;
    Ok(Form(pairs.into_inner()))
}
