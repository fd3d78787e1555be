//! What is done by mail: proving an address, and setting a new password.

use actix_web::{HttpRequest, HttpResponse};
use domain::identity::{
    EmailRequestKind, RequestEmailTokenCommand, ResetPasswordCommand, Secret, UserView,
    VerifyEmailCommand,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{dto::User, fields::email};
use crate::{
    error::ApiError,
    extract::{Json, RequestProvenance, nfc},
    limits,
    services::App,
};

/// Whose mail is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailedTokenRequest {
    /// The address of the account.
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: String,
}

/// What proves an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyRequest {
    /// As it was mailed.
    #[schema(min_length = 1, max_length = 1024, example = "token-of-the-mail")]
    pub(crate) token: String,
}

/// What sets a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordRequest {
    /// As it was mailed.
    #[schema(min_length = 1, max_length = 1024, example = "token-of-the-mail")]
    pub(crate) token: String,
    /// 8 to 128 characters after NFC.
    #[schema(format = Password, min_length = 8, max_length = 128, example = "correct horse 43")]
    pub(crate) password: String,
}

/// Have a token mailed that proves the address
///
/// The answer is the same whether there is such an account or not. An account whose address is
/// proven gets no mail, and none gets more than one a minute and three an hour.
#[utoipa::path(post, path = "/api/v1/auth/request-verify-token", operation_id = "requestVerifyToken", tag = "auth",
    request_body = MailedTokenRequest,
    responses((status = 202, description = "If there is something to mail, it will be")))]
pub(crate) async fn request_verify_token(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: Json<MailedTokenRequest>,
) -> Result<HttpResponse, ApiError> {
    ask(&app, &http, EmailRequestKind::Verify, provenance, &body.value.email).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Have a token mailed that sets a new password
///
/// The answer is the same whether there is such an account or not; none gets more than one mail a
/// minute and three an hour.
#[utoipa::path(post, path = "/api/v1/auth/forgot-password", operation_id = "forgotPassword", tag = "auth",
    request_body = MailedTokenRequest,
    responses((status = 202, description = "If there is something to mail, it will be")))]
pub(crate) async fn forgot_password(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: Json<MailedTokenRequest>,
) -> Result<HttpResponse, ApiError> {
    ask(&app, &http, EmailRequestKind::Reset, provenance, &body.value.email).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Has a token mailed to `address`, if there is something to mail.
///
/// # Errors
/// 422 when it is no address, 429 to whoever asks too often.
pub(crate) async fn ask(
    app: &App,
    http: &HttpRequest,
    kind: EmailRequestKind,
    provenance: RequestProvenance,
    address: &str,
) -> Result<(), ApiError> {
    knock(app, http).await?;
    let email = email(address)?;
    let command = RequestEmailTokenCommand { kind, email, provenance: provenance.0 };
    Ok(app.services.request_email_token.execute(command).await?)
}

async fn knock(app: &App, http: &HttpRequest) -> Result<(), ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(app, http, &[limits.mail_minute, limits.mail_hour]).await
}

/// Prove an address
///
/// By the token that was mailed to it: the address of the account, or the one it moves to. A token
/// is good once, for an hour.
#[utoipa::path(post, path = "/api/v1/auth/verify", operation_id = "verifyEmail", tag = "auth",
    request_body = VerifyRequest,
    responses((status = 200, description = "The account", body = User)))]
pub(crate) async fn verify(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: Json<VerifyRequest>,
) -> Result<HttpResponse, ApiError> {
    let user = prove(&app, &http, provenance, Secret(body.value.token)).await?;
    Ok(HttpResponse::Ok().json(User::from(user)))
}

/// Proves the address that `token` was mailed to.
///
/// # Errors
/// 400 when the token is not good, 409 when the address is taken, 429 to whoever tries too often.
pub(crate) async fn prove(
    app: &App,
    http: &HttpRequest,
    provenance: RequestProvenance,
    token: Secret,
) -> Result<UserView, ApiError> {
    knock(app, http).await?;
    let command = VerifyEmailCommand { token, provenance: provenance.0 };
    Ok(app.services.verify_email.execute(command).await?)
}

/// Set a new password
///
/// By the token that was mailed, which is good once, for an hour. Every session ends.
#[utoipa::path(post, path = "/api/v1/auth/reset-password", operation_id = "resetPassword", tag = "auth",
    request_body = ResetPasswordRequest,
    responses((status = 200, description = "The new password counts")))]
pub(crate) async fn reset_password(
    app: App,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: Json<ResetPasswordRequest>,
) -> Result<HttpResponse, ApiError> {
    let ResetPasswordRequest { token, password } = body.value;
    renew(&app, &http, provenance, Secret(token), Secret(nfc(&password))).await?;
    Ok(HttpResponse::Ok().finish())
}

/// Sets the new `password`, in NFC, of whom `token` was mailed to.
///
/// # Errors
/// 400 when the token is not good, 422 when the password is not, 429 to whoever tries too often.
pub(crate) async fn renew(
    app: &App,
    http: &HttpRequest,
    provenance: RequestProvenance,
    token: Secret,
    password: Secret,
) -> Result<(), ApiError> {
    knock(app, http).await?;
    let command = ResetPasswordCommand { token, password, provenance: provenance.0 };
    Ok(app.services.reset_password.execute(command).await?)
}
