//! The keys others can check access tokens with.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::PublicKey;
use serde::Serialize;
use utoipa::ToSchema;

use crate::services::App;

/// Short enough that a key which is published before it signs is known everywhere by then.
const MAX_AGE: &str = "public, max-age=300";

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(crate) struct JwkSet {
    /// The key that signs first; empty when access tokens are signed with a secret.
    pub(crate) keys: Vec<Jwk>,
}

/// An Ed25519 key (RFC 8037).
#[derive(Serialize, ToSchema)]
pub(crate) struct Jwk {
    /// `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// `kid` of the tokens it is for: the key's thumbprint (RFC 7638).
    kid: String,
    /// The key, base64url.
    x: String,
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(key.bytes);
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", usage: "sig", kid: key.id, x }
    }
}

/// The keys access tokens are checked with
///
/// Empty when they are signed with a secret (`AUTH__ALGORITHM=HS256`). While keys are exchanged
/// there are two; a token names its own (`kid`).
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "getJwks", tag = "auth",
    responses((status = 200, description = "They are these", body = JwkSet)))]
pub(crate) async fn show(app: App) -> HttpResponse {
    let keys = app.services.access_tokens.public_keys().into_iter().map(Jwk::from).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, MAX_AGE)).json(JwkSet { keys })
}
