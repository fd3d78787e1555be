//! Keys with which programs act for a person.

use actix_web::HttpResponse;
use domain::identity::{ApiKeyId, CreateApiKeyCommand, NewApiKey, Permission, RevokeApiKeyCommand};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{CurrentUser, Json, PathId, RequestProvenance, plain_text, present_whole_number},
    services::App,
};

const MAX_NAME_CHARS: usize = 100;

/// What a key may do of what its owner may.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of domain::identity::Permission")]
pub(crate) enum Scope {
    #[schema(rename = "catalogue:write")]
    CatalogueWrite,
    #[schema(rename = "content:write")]
    ContentWrite,
    #[schema(rename = "orders:read")]
    OrdersRead,
    #[schema(rename = "orders:write")]
    OrdersWrite,
    #[schema(rename = "payments:write")]
    PaymentsWrite,
    #[schema(rename = "users:read")]
    UsersRead,
    #[schema(rename = "users:write")]
    UsersWrite,
    #[schema(rename = "audit:read")]
    AuditRead,
    #[schema(rename = "system:manage")]
    SystemManage,
}

/// A key that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKeyRequest {
    /// What its owner calls it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "warehouse"
    )]
    name: String,
    /// What it may do besides what every customer may; no more than its owner.
    #[serde(default)]
    #[schema(value_type = Vec<Scope>, max_items = 20)]
    scopes: Vec<Permission>,
    /// Days it works; for ever when absent.
    #[serde(default, deserialize_with = "days")]
    #[schema(minimum = 1, maximum = 3650, format = Int64, example = 90)]
    expires_in_days: Option<u32>,
}

fn days<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    present_whole_number(deserializer).map(Some)
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKey {
    /// Identity.
    id: Uuid,
    /// What its owner calls it.
    #[schema(example = "warehouse")]
    name: String,
    /// What it may do of what its owner may.
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<Permission>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it stops working.
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339::option")]
    last_used_at: Option<OffsetDateTime>,
}

impl From<domain::identity::ApiKey> for ApiKey {
    fn from(key: domain::identity::ApiKey) -> Self {
        Self {
            id: key.id.raw(),
            name: key.name,
            scopes: key.scopes.iter().collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A new key, and the only time its secret is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// For the header `Authorization: Bearer`; nobody can show it again.
    #[schema(example = "kontor_AZ-x…")]
    token: String,
}

/// The keys of one person.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyList {
    /// Live keys, newest first.
    items: Vec<ApiKey>,
}

/// The caller's keys
#[utoipa::path(get, path = "/api/v1/users/me/api-keys", operation_id = "listApiKeys", tag = "auth",
    responses((status = 200, description = "Live keys, newest first", body = ApiKeyList)))]
pub(crate) async fn list(app: App, user: CurrentUser) -> Result<HttpResponse, ApiError> {
    let now = app.services.clock.now();
    let keys = app.services.api_keys.keys_of(user.0.user, now).await?;
    let items = keys.into_iter().map(ApiKey::from).collect();
    Ok(HttpResponse::Ok().json(ApiKeyList { items }))
}

/// Make a key for a program
///
/// The secret is shown in this answer and never again. A key cannot make keys.
#[utoipa::path(post, path = "/api/v1/users/me/api-keys", operation_id = "createApiKey", tag = "auth",
    request_body = CreateApiKeyRequest,
    responses((status = 201, description = "The key and its secret", body = CreatedApiKey)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
    body: Json<CreateApiKeyRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = body.value;
    let expires_at = match request.expires_in_days {
        None => None,
        Some(days @ 1..=3650) => Some(app.services.clock.now() + Duration::days(i64::from(days))),
        Some(_) => {
            let detail = "1 to 3650 days are wanted";
            return Err(ApiError::invalid_body("/expires_in_days", "range", detail));
        }
    };
    let command = CreateApiKeyCommand {
        actor: user.0,
        by: user.0.into(),
        name: plain_text("/name", &request.name, MAX_NAME_CHARS)?,
        scopes: request.scopes.into_iter().collect(),
        expires_at,
        provenance: provenance.0,
    };
    let NewApiKey { key, token } = app.services.create_api_key.execute(command).await?;
    Ok(HttpResponse::Created().json(CreatedApiKey { key: key.into(), token: token.0 }))
}

/// End a key
#[utoipa::path(delete, path = "/api/v1/users/me/api-keys/{id}", operation_id = "revokeApiKey", tag = "auth",
    params(("id" = Uuid, Path, description = "Identity of the key")),
    responses((status = 204, description = "The key is dead")))]
pub(crate) async fn revoke(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = RevokeApiKeyCommand {
        owner: user.0.user,
        by: user.0.into(),
        key: ApiKeyId::new(id.0),
        provenance: provenance.0,
    };
    app.services.revoke_api_key.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
