//! The cookie a device is recognised by when it logs in again: it lets nobody in, and only keeps
//! strangers who guess from holding the owner up.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use domain::identity::{KnownDevice, Secret};

use crate::settings::HttpSettings;

const NAME: &str = "kontor_device";

/// The token a request brings.
pub(crate) fn presented(request: &HttpRequest) -> Option<Secret> {
    request.cookie(NAME).map(|cookie| Secret(cookie.value().to_owned()))
}

/// Gives a device its token, to be presented at `door`, where it logs in, and nowhere else.
pub(crate) fn cookie(
    settings: &HttpSettings,
    device: KnownDevice,
    door: &'static str,
) -> Cookie<'static> {
    Cookie::build(NAME, device.token.0)
        .path(door)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(settings.public_url.starts_with("https://"))
        .max_age(Duration::seconds(device.lifetime.whole_seconds()))
        .finish()
}
