use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::StatusCode};
use domain::{
    identity::{
        AuthenticateError, LogOutCommand, LoggedIn, OwnSessions, Permission, RefreshToken,
        RegisterUserCommand, Role, Secret, SessionId, SignedIn, StepUpCommand,
    },
    shared::actor::{Actor, Forbidden},
};

use super::{
    cookies,
    dto::{
        FreshAccess, LoginForm, LoginRequest, RefreshRequest, RegisterRequest, RegisteredUser,
        SessionPage, StepUpRequest, Tokens,
    },
    fields::{email, name, username},
    known_device,
    sign_in::SignIn,
};
use crate::{
    error::{ApiError, by_status},
    extract::{
        ClientDevice, CurrentUser, Json, MaybeJson, MaybeUser, PathId, PreferredLocale, Query,
        RequestProvenance, nfc,
    },
    limits,
    middleware::require_recent_password,
    people::{details::one_with_details, dto::UserDetails},
    services::App,
    settings::Registration,
};

/// Make an account
///
/// The account is signed in at once. Of several requests for one address, one is answered 201.
/// A shop may keep to itself who has an account: then everybody is answered 202, and a mail tells
/// how to go on. Or it may leave this to its staff.
#[utoipa::path(post, path = "/api/v1/auth/register", operation_id = "registerUser", tag = "auth",
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The account and its first tokens", body = RegisteredUser),
        (status = 202, description = "A mail tells how to go on")))]
pub(crate) async fn register(
    app: App,
    http: HttpRequest,
    caller: MaybeUser,
    device: ClientDevice,
    locale: PreferredLocale,
    provenance: RequestProvenance,
    body: Json<RegisterRequest>,
) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(&app, &http, &[limits.register_minute, limits.register_hour]).await?;
    let mode = app.settings.registration;
    if mode == Registration::Staff {
        let caller = caller.0.as_ref().ok_or(Forbidden)?;
        caller.require(Permission::UsersWrite)?;
    }
    let request = body.value;
    let command = RegisterUserCommand {
        email: email(&request.email)?,
        username: username(request.username.as_deref())?,
        first_name: name("/first_name", request.first_name.as_deref())?,
        last_name: name("/last_name", request.last_name.as_deref())?,
        password: Secret(nfc(&request.password)),
        role: granted(&app, request.role, caller.0.as_ref())?,
        locale: locale.0,
        device: device.0,
        provenance: provenance.0,
    };
    if mode == Registration::Quiet && command.role == Role::User {
        app.services.register_quietly.execute(command).await?;
        return Ok(HttpResponse::Accepted().finish());
    }
    let registered = app.services.register_user.execute(command).await?;
    Ok(HttpResponse::Created().json(RegisteredUser::from(registered)))
}

/// Only a super admin who gave the password lately gives away more than a customer has.
fn granted(app: &App, wanted: Option<Role>, caller: Option<&Actor>) -> Result<Role, ApiError> {
    let Some(role) = wanted.filter(|role| *role != Role::User) else { return Ok(Role::User) };
    let caller = caller.filter(|caller| caller.role == Role::SuperAdmin).ok_or(Forbidden)?;
    require_recent_password(app, caller)?;
    Ok(role)
}

/// Log in
///
/// One answer for a wrong name and a wrong password. With `transport=cookie` the tokens go into
/// cookies that no script can read, and the one `kontor-csrf` has what pages send back in
/// `X-CSRF-Token` with whatever changes something.
#[utoipa::path(post, path = "/api/v1/auth/login", operation_id = "logIn", tag = "auth",
    request_body(content(
        (LoginRequest = "application/json"),
        (LoginForm = "application/x-www-form-urlencoded"))),
    params(("transport" = Option<String>, Query, description = "`cookie` for browsers", pattern = "^cookie$", example = "cookie")),
    responses(
        (status = 200, description = "A pair of tokens", body = Tokens),
        (status = 204, description = "The tokens went into cookies")))]
pub(crate) async fn log_in(
    app: App,
    http: HttpRequest,
    query: Query,
    sign_in: SignIn,
) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(&app, &http, &[limits.login_minute, limits.login_hour]).await?;
    let in_browser =
        query.one_of("transport", |text| (text == "cookie").then_some(()), "cookie")?.is_some();
    if in_browser {
        // A form of another site could otherwise sign somebody in as somebody else.
        cookies::must_be_ours(&app, &http)?;
        if !http.content_type().eq_ignore_ascii_case("application/json") {
            return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
    }
    let LoggedIn { tokens, device } = app.services.log_in.execute(sign_in.0).await?;
    let mut response = if in_browser {
        in_cookies(&app, &tokens).await?
    } else {
        HttpResponse::Ok().json(Tokens::from(tokens))
    };
    if let Some(device) = device {
        let cookie = known_device::cookie(&app.settings, device, "/api/v1/auth");
        response.add_cookie(&cookie).map_err(ApiError::internal)?;
    }
    Ok(response)
}

/// Exchange a refresh token for the next pair
///
/// A spent token that comes back ends its session. Without a body, the token in the cookies is
/// exchanged, for cookies.
#[utoipa::path(post, path = "/api/v1/auth/refresh", operation_id = "refreshSession", tag = "auth",
    request_body = Option<RefreshRequest>,
    responses(
        (status = 200, description = "The next pair of tokens", body = Tokens),
        (status = 204, description = "The tokens went into cookies")))]
pub(crate) async fn refresh(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: MaybeJson<RefreshRequest>,
) -> Result<HttpResponse, ApiError> {
    limits::knock(&app, &http, &[app.settings.rate_limits.refresh]).await?;
    if let Some(token) = body.value.refresh_token {
        let token = RefreshToken(token);
        let tokens = app.services.refresh_session.execute(token, provenance.0).await?;
        return Ok(HttpResponse::Ok().json(Tokens::from(tokens)));
    }
    let Some(token) = cookies::refresh_token(&app, &http) else {
        let detail = "a refresh token is wanted, here or in a cookie";
        return Err(ApiError::invalid_body("/refresh_token", "required", detail));
    };
    cookies::must_be_ours(&app, &http)?;
    let tokens = app.services.refresh_session.execute(token, provenance.0).await?;
    in_cookies(&app, &tokens).await
}

/// The tokens go to the browser, and to nobody's scripts.
async fn in_cookies(app: &App, tokens: &SignedIn) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::NoContent().finish();
    cookies::hand_out(app, tokens, response.headers_mut()).await?;
    Ok(response)
}

/// Prove the password again
///
/// What an old log-in is not enough for (403 `step_up_required`) is open to the new access token
/// for a while.
#[utoipa::path(post, path = "/api/v1/auth/step-up", operation_id = "stepUp", tag = "auth",
    request_body = StepUpRequest,
    responses((status = 200, description = "An access token that tells of it", body = FreshAccess)))]
pub(crate) async fn step_up(
    app: App,
    user: CurrentUser,
    http: HttpRequest,
    body: Json<StepUpRequest>,
) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(&app, &http, &[limits.login_minute, limits.login_hour]).await?;
    let password = Secret(nfc(&body.value.password));
    let made = app.services.step_up.execute(StepUpCommand { actor: user.0, password }).await?;
    Ok(HttpResponse::Ok().json(FreshAccess::from(made)))
}

/// End this session
#[utoipa::path(post, path = "/api/v1/auth/logout", operation_id = "logOut", tag = "auth",
    responses((status = 204, description = "The session is over")))]
pub(crate) async fn log_out(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    end_sessions(&app, &http, user, OwnSessions::This, provenance).await
}

/// End every session of the caller
#[utoipa::path(post, path = "/api/v1/auth/logout-all", operation_id = "logOutEverywhere", tag = "auth",
    responses((status = 204, description = "All sessions are over")))]
pub(crate) async fn log_out_everywhere(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    end_sessions(&app, &http, user, OwnSessions::All, provenance).await
}

/// End one session of the caller
///
/// Its tokens are dead at once here, and within a second on every other instance.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", operation_id = "endSession", tag = "auth",
    params(("id" = Uuid, Path, description = "A session of the caller")),
    responses((status = 204, description = "The session is over")))]
pub(crate) async fn end_session(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    end_sessions(&app, &http, user, OwnSessions::One(SessionId::new(id.0)), provenance).await
}

async fn end_sessions(
    app: &App,
    http: &HttpRequest,
    user: CurrentUser,
    which: OwnSessions,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = LogOutCommand { actor: user.0, which, provenance: provenance.0 };
    app.services.log_out.execute(command).await?;
    let mut response = HttpResponse::NoContent().finish();
    if !matches!(which, OwnSessions::One(_)) && cookies::are_used(app, http) {
        cookies::take_back(app, http, response.headers_mut())?;
    }
    Ok(response)
}

/// The devices the caller is signed in on
///
/// The last used first; 20 at most, the oldest making room for a new one.
#[utoipa::path(get, path = "/api/v1/auth/sessions", operation_id = "listSessions", tag = "auth",
    responses((status = 200, description = "Every live session", body = SessionPage)))]
pub(crate) async fn sessions(app: App, user: CurrentUser) -> Result<HttpResponse, ApiError> {
    let Actor { user, session, .. } = user.0;
    let live = app.services.identity.sessions(user, app.services.clock.now()).await?;
    Ok(HttpResponse::Ok().json(SessionPage::seen_from(session, live)))
}

/// The current user
#[utoipa::path(get, path = "/api/v1/auth/me", operation_id = "getMe", tag = "users",
    params(("include" = Option<String>, Query, description = "`orders`: the newest 20",
        pattern = "^orders$", example = "orders")),
    responses((status = 200, description = "The current user", body = UserDetails)))]
pub(crate) async fn me(
    app: App,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let found = app.services.identity.user(user.0.user).await?;
    let found = found.ok_or(AuthenticateError::SessionRevoked)?;
    Ok(HttpResponse::Ok().json(one_with_details(&app, &user.0, &query, found).await?))
}
