use actix_web::{HttpRequest, HttpResponse};
use domain::identity::EmailRequestKind;
use serde::Serialize;

use super::{
    form::Form,
    view::{Refill, Values, View, to},
    visitor::Visitor,
};
use crate::{error::ApiError, extract::RequestProvenance, identity::mailed, services::App};

/// The page to have a link mailed that sets a new password.
#[derive(Serialize)]
struct ForgottenPage<'a> {
    form: Refill<'a>,
}

fn page(view: &View<'_>, form: Refill<'_>) -> Result<HttpResponse, ApiError> {
    view.page("forgot_password.html", ForgottenPage { form })
}

/// Shows the page, also to whoever is signed in: changing a password takes the one before.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
) -> Result<HttpResponse, ApiError> {
    page(&View::new(&app, &http, visitor.0), Refill::with(Values::new()))
}

/// Has the link mailed, as the API does: the answer is the same whoever has the address.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let (kind, address) = (EmailRequestKind::Reset, form.raw("email").trim());
    match mailed::ask(&app, &http, kind, provenance, address).await {
        Ok(()) if visitor.0.is_some() => Ok(to("/account?done=mailed")),
        Ok(()) => Ok(to("/login?done=mailed")),
        Err(failure) => View::new(&app, &http, visitor.0).refused(&failure, |view, told| {
            page(view, Refill::refused(form.keep(&["email"]), told))
        }),
    }
}
