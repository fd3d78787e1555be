use actix_web::{HttpRequest, HttpResponse};
use domain::{
    identity::{Locale, RegisterUserCommand, Registered, Role},
    shared::actor::Forbidden,
};
use serde::Serialize;

use super::{
    form::Form,
    next::Next,
    view::{Refill, Values, View, to},
    visitor::Visitor,
};
use crate::{
    error::ApiError,
    extract::{Query, RequestProvenance, device_of},
    identity::{
        cookies,
        fields::{email, name, username},
    },
    limits,
    services::App,
    settings::Registration,
};

const KEPT: [&str; 4] = ["email", "username", "first_name", "last_name"];

/// The page to make an account.
#[derive(Serialize)]
struct RegisterPage<'a> {
    next: &'a str,
    log_in: String,
    form: Refill<'a>,
}

fn page(view: &View<'_>, next: &Next, form: Refill<'_>) -> Result<HttpResponse, ApiError> {
    let content = RegisterPage { next: next.as_str(), log_in: next.by_log_in(), form };
    view.page("register.html", content)
}

/// Shows the page to make an account; whoever is signed in goes home.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    if visitor.0.is_some() {
        return Ok(to("/"));
    }
    let next = Next::read(query.get("next")?);
    page(&View::new(&app, &http, None), &next, Refill::with(Values::new()))
}

/// Makes an account, as the API does, and goes on signed in.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let next = Next::read(form.given("next"));
    let view = View::new(&app, &http, None);
    match register(&app, &http, view.lang.locale(), provenance, &form).await {
        Ok(Some(Registered { tokens, .. })) => {
            let mut response = to(next.as_str());
            cookies::hand_out(&app, &tokens, response.headers_mut()).await?;
            Ok(response)
        }
        Ok(None) => Ok(to("/login?done=mailed")),
        Err(failure) => view.refused(&failure, |view, told| {
            page(view, &next, Refill::refused(form.keep(&KEPT), told))
        }),
    }
}

/// The account; `None` in a shop that tells by mail alone who has one.
async fn register(
    app: &App,
    http: &HttpRequest,
    locale: Locale,
    provenance: RequestProvenance,
    form: &Form,
) -> Result<Option<Registered>, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(app, http, &[limits.register_minute, limits.register_hour]).await?;
    let mode = app.settings.registration;
    if mode == Registration::Staff {
        return Err(Forbidden.into());
    }
    let command = RegisterUserCommand {
        email: email(form.raw("email").trim())?,
        username: username(form.given("username"))?,
        first_name: name("/first_name", form.given("first_name"))?,
        last_name: name("/last_name", form.given("last_name"))?,
        password: form.secret("password"),
        role: Role::User,
        locale,
        device: device_of(http),
        provenance: provenance.0,
    };
    if mode == Registration::Quiet {
        app.services.register_quietly.execute(command).await?;
        return Ok(None);
    }
    Ok(Some(app.services.register_user.execute(command).await?))
}
