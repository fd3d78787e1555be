use actix_web::{HttpRequest, HttpResponse};
use domain::identity::Secret;
use serde::Serialize;

use super::{
    form::Form,
    view::{Refill, Values, View, to},
    visitor::Visitor,
};
use crate::{
    error::ApiError,
    extract::{Query, RequestProvenance},
    identity::mailed,
    services::App,
};

/// The page to set a new password by the token that was mailed.
#[derive(Serialize)]
struct ResetPage<'a> {
    token: &'a str,
    form: Refill<'a>,
}

fn page(view: &View<'_>, token: &str, form: Refill<'_>) -> Result<HttpResponse, ApiError> {
    view.secret_page("reset_password.html", ResetPage { token, form })
}

/// Shows the page that the mail leads to; nothing is changed by it.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let token = query.get("token")?.unwrap_or_default();
    page(&View::new(&app, &http, visitor.0), token, Refill::with(Values::new()))
}

/// Sets the new password, as the API does.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let token = form.raw("token");
    let (proof, password) = (Secret(token.to_owned()), form.secret("password"));
    match mailed::renew(&app, &http, provenance, proof, password).await {
        Ok(()) => Ok(to("/login?done=password")),
        Err(failure) => View::new(&app, &http, visitor.0).refused(&failure, |view, told| {
            page(view, token, Refill::refused(Values::new(), told))
        }),
    }
}
