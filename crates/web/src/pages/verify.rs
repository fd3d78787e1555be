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

/// The page to prove an address by a button: programs that look into mails follow links, and must
/// not use the token up.
#[derive(Serialize)]
struct VerifyPage<'a> {
    token: &'a str,
    form: Refill<'a>,
}

fn page(view: &View<'_>, token: &str, form: Refill<'_>) -> Result<HttpResponse, ApiError> {
    view.secret_page("verify.html", VerifyPage { token, form })
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

/// Proves the address, as the API does.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let token = form.raw("token");
    match mailed::prove(&app, &http, provenance, Secret(token.to_owned())).await {
        Ok(_) if visitor.0.is_some() => Ok(to("/account?done=verified")),
        Ok(_) => Ok(to("/login?done=verified")),
        Err(failure) => View::new(&app, &http, visitor.0).refused(&failure, |view, told| {
            page(view, token, Refill::refused(Values::new(), told))
        }),
    }
}
