use actix_web::{HttpRequest, HttpResponse};
use domain::{
    identity::{
        EmailAddress, Permission, RevokeSessionsCommand, SessionId, UserError, UserId, UserView,
        Username, may_look_after,
    },
    shared::actor::{Actor, Forbidden},
};
use serde::Serialize;

use super::{
    form::Form,
    next::escape,
    shown::Session,
    view::{View, to},
};
use crate::{
    error::ApiError,
    extract::{CurrentUser, Query, RequestProvenance, nfc, parse_id},
    services::App,
};

/// Somebody, as the staff sees them.
#[derive(Serialize)]
struct Person {
    id: String,
    email: String,
    username: Option<String>,
    role: &'static str,
    is_active: bool,
    may_end: bool,
    sessions: Vec<Session>,
}

/// Whom the staff looks for, and what is found.
#[derive(Serialize)]
struct AdminSessionsPage<'a> {
    who: &'a str,
    person: Option<Person>,
    done: Option<&'static str>,
}

/// Shows the sessions of somebody.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let who = query.get("who")?.unwrap_or_default().trim();
    let done = match query.get("done")? {
        Some("session") => Some("done_session"),
        Some("all") => Some("done_all"),
        _ => None,
    };
    let person = match find(&app, who).await? {
        Some(person) => Some(seen_by(&app, &user.0, person).await?),
        None => None,
    };
    View::new(&app, &http, Some(user.0))
        .page("admin_sessions.html", AdminSessionsPage { who, person, done })
}

async fn find(app: &App, who: &str) -> Result<Option<UserView>, ApiError> {
    let services = &app.services;
    let who = nfc(who);
    if let Some(id) = parse_id(&who) {
        return Ok(services.identity.user(UserId::new(id)).await?);
    }
    if let Some(email) = EmailAddress::parse(&who) {
        return Ok(services.people.by_email(&email.key()).await?);
    }
    match Username::parse(&who) {
        Some(name) => Ok(services.people.by_username(&name.key()).await?),
        None => Ok(None),
    }
}

async fn seen_by(app: &App, actor: &Actor, person: UserView) -> Result<Person, ApiError> {
    let now = app.services.clock.now();
    let sessions = app.services.identity.sessions(person.id, now).await?;
    let seen = |session| Session::seen_from(actor.session, session);
    Ok(Person {
        id: person.id.to_string(),
        may_end: may_end(actor, &person),
        email: person.email,
        username: person.username,
        role: person.role.as_str(),
        is_active: person.is_active,
        sessions: sessions.into_iter().map(seen).collect(),
    })
}

fn may_end(actor: &Actor, person: &UserView) -> bool {
    actor.may(Permission::UsersWrite) && may_look_after(actor, person.role)
}

/// Ends one session of somebody, or all of them.
pub(super) async fn submit(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let read = |field: &'static str| {
        let malformed =
            move || ApiError::invalid_body(format!("/{field}"), "invalid", "not a UUID");
        parse_id(form.raw(field)).ok_or_else(malformed)
    };
    let person = UserId::new(read("user")?);
    let only = match form.given("session") {
        Some(_) => Some(SessionId::new(read("session")?)),
        None => None,
    };
    let found = app.services.identity.user(person).await?.ok_or(UserError::NotFound)?;
    if !may_end(&user.0, &found) {
        return Err(Forbidden.into());
    }
    let (by, provenance) = (user.0.into(), provenance.0);
    let command = RevokeSessionsCommand { by, user: person, only, provenance };
    app.services.revoke_sessions.execute(command).await?;
    let done = if only.is_some() { "session" } else { "all" };
    Ok(to(&format!("/admin/sessions?who={}&done={done}", escape(&person.to_string()))))
}
