//! Browser sessions: tokens in cookies that no script can read, and what keeps the pages of other
//! sites from using them.

use actix_web::{
    HttpMessage, HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use domain::{
    identity::{RefreshToken, SignedIn},
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind},
    },
};

use crate::{
    error::ApiError,
    extract::provenance_of,
    services::{App, state_of},
};

const ACCESS: &str = "kontor-access";
const REFRESH: &str = "kontor-refresh";
const CSRF: &str = "kontor-csrf";
const CSRF_HEADER: &str = "x-csrf-token";

/// How long browsers keep the cookies; the session itself ends earlier when it is idle.
const KEPT: Duration = Duration::days(90);

/// Tokens a request was given on the way; its answer has to carry them whatever else it says,
/// because the ones before are spent.
pub(crate) struct FreshTokens(SignedIn);

/// The name of a cookie. On a secure address the prefix makes browsers refuse it from anybody but
/// this very host (RFC 6265bis, `__Host-`).
fn name(app: &App, base: &str) -> String {
    if is_secure(app) { format!("__Host-{base}") } else { base.to_owned() }
}

fn is_secure(app: &App) -> bool {
    app.settings.public_url.starts_with("https://")
}

fn read(app: &App, request: &HttpRequest, base: &str) -> Option<String> {
    let cookie = request.cookie(&name(app, base))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The refresh token in the cookies of a request.
pub(crate) fn refresh_token(app: &App, request: &HttpRequest) -> Option<RefreshToken> {
    read(app, request, REFRESH).map(RefreshToken)
}

/// Whether the caller is known by its cookies: there are some, and no `Authorization`.
pub(crate) fn are_used(app: &App, request: &HttpRequest) -> bool {
    let known = |base| read(app, request, base).is_some();
    !request.headers().contains_key(header::AUTHORIZATION) && (known(ACCESS) || known(REFRESH))
}

/// Who the cookies of a request belong to. An access token that is over is exchanged on the way.
///
/// # Errors
/// 401 when the session is over, 403 when a page of another site may have sent the request.
pub(crate) async fn caller(request: &HttpRequest) -> Result<Option<Actor>, ApiError> {
    let holder = holder(request).await?;
    if let (Some(actor), Some(app)) = (&holder, state_of(request))
        && changes(request)
    {
        let token = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        must_know_session(app, actor, token)?;
    }
    Ok(holder)
}

fn changes(request: &HttpRequest) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
}

/// As [`caller`], for pages: the forms that change something bring the token of the session
/// themselves, which [`must_know_session`] looks at.
///
/// # Errors
/// As [`caller`].
pub(crate) async fn holder(request: &HttpRequest) -> Result<Option<Actor>, ApiError> {
    let Some(app) = state_of(request) else {
        return Err(ApiError::internal("the application has no state"));
    };
    if changes(request) {
        must_be_ours(app, request)?;
    }
    let known = match read(app, request, ACCESS) {
        Some(token) => match app.services.authenticate.execute(&token).await {
            Ok(actor) => Some(actor),
            Err(error) if error.kind() == ErrorKind::Unauthenticated => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    match (known, refresh_token(app, request)) {
        (Some(actor), _) => Ok(Some(actor)),
        (None, None) => Ok(None),
        (None, Some(token)) => exchange(app, request, token).await.map(Some),
    }
}

async fn exchange(
    app: &App,
    request: &HttpRequest,
    token: RefreshToken,
) -> Result<Actor, ApiError> {
    let provenance = provenance_of(request)?;
    let tokens = app.services.refresh_session.execute(token, provenance).await?;
    let actor = app.services.authenticate.execute(&tokens.access_token.0).await;
    request.extensions_mut().insert(FreshTokens(tokens));
    Ok(actor?)
}

/// Refuses what a page of another site could make a browser send.
///
/// # Errors
/// 403 `cross_site`.
pub(crate) fn must_be_ours(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == app.settings.public_url,
        // Only programs send neither, and nobody makes them.
        (None, None) => true,
    };
    if is_ours {
        return Ok(());
    }
    Err(ApiError::forbidden("cross_site", "The request comes from another site."))
}

/// Refuses a change without the token that only pages shown to this session have.
///
/// # Errors
/// 403 `csrf_token_invalid`.
pub(crate) fn must_know_session(
    app: &App,
    actor: &Actor,
    token: Option<&str>,
) -> Result<(), ApiError> {
    let session = actor.session.ok_or_else(ApiError::token_missing)?;
    if token.is_some_and(|token| app.services.csrf.verify(session, token)) {
        return Ok(());
    }
    let detail = "The header X-CSRF-Token is missing or not that of this session.";
    Err(ApiError::forbidden("csrf_token_invalid", detail))
}

/// Hands fresh tokens to the browser, and beside them what its pages have to show.
///
/// # Errors
/// When the tokens cannot be put into headers.
pub(crate) async fn hand_out(
    app: &App,
    tokens: &SignedIn,
    headers: &mut HeaderMap,
) -> Result<(), ApiError> {
    let actor = app.services.authenticate.execute(&tokens.access_token.0).await?;
    let session = actor.session.ok_or_else(ApiError::token_missing)?;
    let csrf = app.services.csrf.token(session).0;
    let life = Duration::seconds(i64::try_from(tokens.expires_in).unwrap_or(i64::MAX));
    append(app, headers, ACCESS, tokens.access_token.0.clone(), life, true)?;
    append(app, headers, REFRESH, tokens.refresh_token.0.clone(), KEPT, true)?;
    append(app, headers, CSRF, csrf, KEPT, false)
}

/// Hands out what a request was given on the way, if it was.
///
/// # Errors
/// As [`hand_out`].
pub(crate) async fn hand_out_fresh(
    request: &HttpRequest,
    headers: &mut HeaderMap,
) -> Result<(), ApiError> {
    let fresh = request.extensions_mut().remove::<FreshTokens>();
    match (fresh, state_of(request)) {
        (Some(FreshTokens(tokens)), Some(app)) => hand_out(app, &tokens, headers).await,
        _ => Ok(()),
    }
}

/// Makes the browser forget, also what `request` was given on the way.
///
/// # Errors
/// Never, with the names we have.
pub(crate) fn take_back(
    app: &App,
    request: &HttpRequest,
    headers: &mut HeaderMap,
) -> Result<(), ApiError> {
    request.extensions_mut().remove::<FreshTokens>();
    for base in [ACCESS, REFRESH, CSRF] {
        append(app, headers, base, String::new(), Duration::ZERO, true)?;
    }
    Ok(())
}

fn append(
    app: &App,
    headers: &mut HeaderMap,
    base: &str,
    value: String,
    life: Duration,
    is_hidden: bool,
) -> Result<(), ApiError> {
    let cookie = Cookie::build(name(app, base), value)
        .path("/")
        .secure(is_secure(app))
        .http_only(is_hidden)
        .same_site(SameSite::Lax)
        .max_age(life)
        .finish();
    let value = HeaderValue::from_str(&cookie.to_string()).map_err(ApiError::internal)?;
    headers.append(header::SET_COOKIE, value);
    Ok(())
}
