use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web};
use domain::identity::{Device, LogInCommand, Secret};
use futures_util::future::LocalBoxFuture;

use super::{
    dto::{LoginForm, LoginRequest},
    known_device,
};
use crate::{
    error::{ApiError, by_status},
    extract::{Body, device_of, nfc, parse_json},
};

const MAX_LOGIN_CHARS: usize = 254;
const MAX_PASSWORD_CHARS: usize = 1024;

/// Credentials as they come: a form of the OAuth 2 password grant, or JSON.
pub(crate) struct SignIn(pub(crate) LogInCommand);

impl FromRequest for SignIn {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.content_type().to_ascii_lowercase();
        let device = device_of(request);
        let known_device = known_device::presented(request);
        let body = Body::from_request(request, payload);
        Box::pin(async move {
            let (login, password) = match kind.as_str() {
                "application/x-www-form-urlencoded" => from_form(&body.await?.0)?,
                "application/json" => from_json(&body.await?.0)?,
                _ => return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
            };
            read(&login, &password, device, known_device).map(Self)
        })
    }
}

/// What is needed to open a session with what somebody typed.
///
/// # Errors
/// 422 at the field that is empty, too long, or has control characters.
pub(crate) fn read(
    login: &str,
    password: &str,
    device: Device,
    known_device: Option<Secret>,
) -> Result<LogInCommand, ApiError> {
    let login = nfc(login.trim());
    let bounds =
        [("login", login.as_str(), MAX_LOGIN_CHARS), ("password", password, MAX_PASSWORD_CHARS)];
    for (name, text, longest) in bounds {
        if text.is_empty() || text.chars().count() > longest {
            let detail = format!("1 to {longest} characters are wanted");
            return Err(ApiError::invalid_body(format!("/{name}"), "length", detail));
        }
    }
    if login.chars().any(char::is_control) {
        let detail = "control characters are not taken";
        return Err(ApiError::invalid_body("/login", "characters", detail));
    }
    Ok(LogInCommand { login, password: Secret(nfc(password)), device, known_device })
}

fn from_json(body: &[u8]) -> Result<(String, String), ApiError> {
    let request: LoginRequest = parse_json(body)?;
    match (request.email, request.username, request.login) {
        (Some(login), None, None) | (None, Some(login), None) | (None, None, Some(login)) => {
            Ok((login, request.password))
        }
        _ => {
            let detail = "exactly one of email, username and login is wanted";
            Err(ApiError::invalid_body("/login", "required", detail))
        }
    }
}

fn from_form(body: &[u8]) -> Result<(String, String), ApiError> {
    let malformed = || ApiError::malformed("malformed_form", "The form cannot be read.");
    let text = std::str::from_utf8(body).map_err(|error| malformed().caused_by(error))?;
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|error| malformed().caused_by(error.to_string()))?;
    let mut form = LoginForm { username: String::new(), password: String::new(), grant_type: None };
    for (name, value) in pairs.into_inner() {
        match name.as_str() {
            "username" => form.username = value,
            "password" => form.password = value,
            "grant_type" => form.grant_type = Some(value),
            _ => {}
        }
    }
    if form.grant_type.is_some_and(|kind| kind != "password") {
        let detail = "only the grant `password` is taken here";
        return Err(ApiError::invalid_body("/grant_type", "unsupported", detail));
    }
    Ok((form.username, form.password))
}
