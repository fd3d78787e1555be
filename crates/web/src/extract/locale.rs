use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::identity::Locale;

use crate::{error::ApiError, lang::Lang};

/// The language the caller reads best among those we write.
pub(crate) struct PreferredLocale(pub(crate) Locale);

impl FromRequest for PreferredLocale {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Lang::of(request).locale())))
    }
}
