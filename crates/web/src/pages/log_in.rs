use actix_web::{HttpRequest, HttpResponse};
use domain::identity::LoggedIn;
use serde::Serialize;

use super::{
    form::Form,
    next::Next,
    view::{Refill, Values, View, to},
    visitor::Visitor,
};
use crate::{
    error::ApiError,
    extract::{Query, device_of},
    identity::{cookies, known_device, sign_in},
    limits,
    services::App,
};

/// The page to log in.
#[derive(Serialize)]
struct LogInPage<'a> {
    next: &'a str,
    register: String,
    done: Option<&'static str>,
    form: Refill<'a>,
}

fn page(
    view: &View<'_>,
    next: &Next,
    form: Refill<'_>,
    done: Option<&'static str>,
) -> Result<HttpResponse, ApiError> {
    let content = LogInPage { next: next.as_str(), register: next.after("/register"), done, form };
    view.page("login.html", content)
}

/// Shows the page to log in; whoever is signed in goes home.
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
    let done = query.get("done")?.and_then(|done| match done {
        "all" => Some("done_all"),
        "mailed" => Some("done_mailed"),
        "verified" => Some("done_verified"),
        "password" => Some("done_reset"),
        _ => None,
    });
    page(&View::new(&app, &http, None), &next, Refill::with(Values::new()), done)
}

/// Opens a session, by the same way as the API does, and goes on.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let next = Next::read(form.given("next"));
    match open(&app, &http, &form).await {
        Ok(LoggedIn { tokens, device }) => {
            let mut response = to(next.as_str());
            cookies::hand_out(&app, &tokens, response.headers_mut()).await?;
            if let Some(device) = device {
                let cookie = known_device::cookie(&app.settings, device, "/login");
                response.add_cookie(&cookie).map_err(ApiError::internal)?;
            }
            Ok(response)
        }
        Err(failure) => View::new(&app, &http, None).refused(&failure, |view, told| {
            page(view, &next, Refill::refused(form.keep(&["login"]), told), None)
        }),
    }
}

async fn open(app: &App, http: &HttpRequest, form: &Form) -> Result<LoggedIn, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(app, http, &[limits.login_minute, limits.login_hour]).await?;
    let (device, known) = (device_of(http), known_device::presented(http));
    let command = sign_in::read(form.raw("login"), form.raw("password"), device, known)?;
    Ok(app.services.log_in.execute(command).await?)
}
