use actix_web::{HttpRequest, HttpResponse};
use domain::identity::{LogOutCommand, OwnSessions};

use super::{form::Form, view::to, visitor::Visitor};
use crate::{error::ApiError, extract::RequestProvenance, identity::cookies, services::App};

/// Ends this session and goes home; that is also where whoever has none goes.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let mut response = to("/");
    if let Some(actor) = visitor.0 {
        cookies::must_know_session(&app, &actor, Some(form.raw("csrf")))?;
        let command = LogOutCommand { actor, which: OwnSessions::This, provenance: provenance.0 };
        app.services.log_out.execute(command).await?;
    }
    cookies::take_back(&app, &http, response.headers_mut())?;
    Ok(response)
}
