use actix_web::HttpResponse;
use domain::{
    identity::{
        AuthenticateError, EmailAddress, LogOutCommand, RefreshToken, RegisterUserCommand, Role,
        Secret, Username,
    },
    shared::actor::{Actor, Forbidden},
};

use super::{
    dto::{LoginForm, LoginRequest, RefreshRequest, RegisterRequest, RegisteredUser, Tokens, User},
    sign_in::SignIn,
};
use crate::{
    error::ApiError,
    extract::{ClientAddress, CurrentUser, Json, MaybeUser, RequestProvenance, nfc, plain_text},
    limits,
    services::App,
};

const MAX_NAME_CHARS: usize = 100;

/// Make an account
///
/// The account is signed in at once. Of several requests for one address, one is answered 201.
#[utoipa::path(post, path = "/api/v1/auth/register", operation_id = "registerUser", tag = "auth",
    request_body = RegisterRequest,
    responses((status = 201, description = "The account and its first tokens", body = RegisteredUser)))]
pub(crate) async fn register(
    app: App,
    address: ClientAddress,
    caller: MaybeUser,
    provenance: RequestProvenance,
    body: Json<RegisterRequest>,
) -> Result<HttpResponse, ApiError> {
    limits::count(&app, &limits::REGISTER_BY_ADDRESS, &address.0).await?;
    let request = body.value;
    let malformed = |pointer: &'static str, what: &str| {
        ApiError::invalid_body(pointer, "malformed", format!("not {what}"))
    };
    let email = EmailAddress::parse(&nfc(&request.email))
        .ok_or_else(|| malformed("/email", "an e-mail address"))?;
    let username = match &request.username {
        None => None,
        Some(name) => Some(
            Username::parse(&nfc(name))
                .ok_or_else(|| malformed("/username", "a user name of 3 to 50 characters"))?,
        ),
    };
    let name = |pointer: &str, text: Option<String>| {
        text.map(|text| plain_text(pointer, &text, MAX_NAME_CHARS)).transpose()
    };
    let command = RegisterUserCommand {
        email,
        username,
        first_name: name("/first_name", request.first_name)?,
        last_name: name("/last_name", request.last_name)?,
        password: Secret(nfc(&request.password)),
        role: granted(request.role, caller.0.as_ref())?,
        provenance: provenance.0,
    };
    let registered = app.services.register_user.execute(command).await?;
    Ok(HttpResponse::Created().json(RegisteredUser::from(registered)))
}

/// Only a super admin gives away more than a customer has.
fn granted(wanted: Option<Role>, caller: Option<&Actor>) -> Result<Role, ApiError> {
    match wanted {
        None | Some(Role::User) => Ok(Role::User),
        Some(role) if caller.is_some_and(|caller| caller.role == Role::SuperAdmin) => Ok(role),
        Some(_) => Err(Forbidden.into()),
    }
}

/// Log in
///
/// One answer for a wrong name and a wrong password.
#[utoipa::path(post, path = "/api/v1/auth/login", operation_id = "logIn", tag = "auth",
    request_body(content(
        (LoginRequest = "application/json"),
        (LoginForm = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "A pair of tokens", body = Tokens)))]
pub(crate) async fn log_in(
    app: App,
    address: ClientAddress,
    sign_in: SignIn,
) -> Result<HttpResponse, ApiError> {
    limits::count(&app, &limits::LOGIN_BY_ADDRESS, &address.0).await?;
    let account = limits::account_key(&sign_in.0.login);
    limits::count(&app, &limits::LOGIN_BY_ACCOUNT, &account).await?;
    let tokens = app.services.log_in.execute(sign_in.0).await?;
    Ok(HttpResponse::Ok().json(Tokens::from(tokens)))
}

/// Exchange a refresh token for the next pair
///
/// A spent token that comes back ends its session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", operation_id = "refreshSession", tag = "auth",
    request_body = RefreshRequest,
    responses((status = 200, description = "The next pair of tokens", body = Tokens)))]
pub(crate) async fn refresh(
    app: App,
    provenance: RequestProvenance,
    body: Json<RefreshRequest>,
) -> Result<HttpResponse, ApiError> {
    let token = RefreshToken(body.value.refresh_token);
    let tokens = app.services.refresh_session.execute(token, provenance.0).await?;
    Ok(HttpResponse::Ok().json(Tokens::from(tokens)))
}

/// End this session
#[utoipa::path(post, path = "/api/v1/auth/logout", operation_id = "logOut", tag = "auth",
    responses((status = 204, description = "The session is over")))]
pub(crate) async fn log_out(app: App, user: CurrentUser) -> Result<HttpResponse, ApiError> {
    end_sessions(&app, user.0, false).await
}

/// End every session of the caller
#[utoipa::path(post, path = "/api/v1/auth/logout-all", operation_id = "logOutEverywhere", tag = "auth",
    responses((status = 204, description = "All sessions are over")))]
pub(crate) async fn log_out_everywhere(
    app: App,
    user: CurrentUser,
) -> Result<HttpResponse, ApiError> {
    end_sessions(&app, user.0, true).await
}

async fn end_sessions(app: &App, actor: Actor, everywhere: bool) -> Result<HttpResponse, ApiError> {
    app.services.log_out.execute(LogOutCommand { actor, everywhere }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The current user
#[utoipa::path(get, path = "/api/v1/auth/me", operation_id = "getMe", tag = "users",
    responses((status = 200, description = "The current user", body = User)))]
pub(crate) async fn me(app: App, user: CurrentUser) -> Result<HttpResponse, ApiError> {
    match app.services.identity.user(user.0.user).await? {
        Some(user) => Ok(HttpResponse::Ok().json(User::from(user))),
        None => Err(AuthenticateError::SessionRevoked.into()),
    }
}
