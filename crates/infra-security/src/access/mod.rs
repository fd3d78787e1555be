use std::sync::Arc;

use domain::{
    identity::{
        AccessClaims, AccessTokens, PublicKey, Role, Secret, SessionId, TokenError, UserId,
    },
    shared::ports::IdGenerator,
};
use jsonwebtoken::{EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use shaku::Component;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{CheckingKey, SigningKey};

/// Media type of JWT access tokens (RFC 9068), in the header.
const HEADER_TYPE: &str = "at+jwt";
const CLAIM_TYPE: &str = "access";
const LEEWAY_SECONDS: i64 = 5;

/// What access tokens are made with.
#[derive(Clone)]
pub struct JwtSettings {
    /// What they are signed with.
    pub key: SigningKey,
    /// What they are checked with besides, while keys are exchanged; those of another algorithm
    /// are left out.
    pub others: Vec<CheckingKey>,
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// How long a token lives, minutes.
    pub minutes: u32,
}

/// Keys and rules of access tokens, prepared once.
#[derive(Clone)]
pub struct JwtKeys {
    header: Header,
    signing: EncodingKey,
    /// The key's own half first.
    checking: Vec<CheckingKey>,
    validation: Validation,
    issuer: String,
    audience: String,
    lifetime_seconds: u64,
}

impl JwtKeys {
    /// Prepares the keys.
    pub fn new(settings: JwtSettings) -> Self {
        let JwtSettings { key: SigningKey { key: signing, checking }, others, .. } = settings;
        let JwtSettings { issuer, audience, minutes, .. } = settings;
        let algorithm = checking.algorithm;
        let mut header = Header::new(algorithm);
        header.typ = Some(HEADER_TYPE.to_owned());
        header.kid = Some(checking.id.clone());
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library reads the clock of the host; times are checked here, against the port's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let others = others.into_iter().filter(|other| other.algorithm == algorithm);
        Self {
            header,
            signing,
            checking: std::iter::once(checking).chain(others).collect(),
            validation,
            issuer,
            audience,
            lifetime_seconds: u64::from(minutes) * 60,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    jti: Uuid,
    typ: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    role: Role,
    auth_time: i64,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("signed with another key")]
    OtherKey,
    #[error("not an access token")]
    OtherType,
    #[error("asks for an extension nobody here knows")]
    Critical,
    #[error("expired")]
    Expired,
    #[error("not valid yet")]
    NotYet,
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal.into())
    }
}

/// Access tokens as signed JWTs (HS256 or `EdDSA`).
#[derive(Component)]
#[shaku(interface = AccessTokens)]
pub struct JwtAccessTokens {
    /// Names each token (`jti`).
    #[shaku(inject)]
    pub ids: Arc<dyn IdGenerator>,
    /// Keys and rules.
    pub keys: JwtKeys,
}

impl AccessTokens for JwtAccessTokens {
    fn issue(&self, claims: &AccessClaims, now: OffsetDateTime) -> Result<Secret, TokenError> {
        let keys = &self.keys;
        let iat = now.unix_timestamp();
        let claims = Claims {
            iss: keys.issuer.clone(),
            aud: keys.audience.clone(),
            sub: claims.user,
            sid: claims.session,
            jti: self.ids.next(),
            typ: CLAIM_TYPE.to_owned(),
            iat,
            nbf: iat,
            exp: iat.saturating_add_unsigned(keys.lifetime_seconds),
            role: claims.role,
            auth_time: claims.authenticated_at.unix_timestamp(),
        };
        jsonwebtoken::encode(&keys.header, &claims, &keys.signing)
            .map(Secret)
            .map_err(|error| TokenError::Signing(error.into()))
    }

    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenError> {
        let keys = &self.keys;
        let header = jsonwebtoken::decode_header(token)
            .map_err(|error| TokenError::Invalid(error.into()))?;
        let named = keys.checking.iter().find(|key| Some(&key.id) == header.kid.as_ref());
        let key = named.ok_or(Refusal::OtherKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &keys.validation)
            .map_err(|error| TokenError::Invalid(error.into()))?
            .claims;
        if header.typ.as_deref() != Some(HEADER_TYPE) || claims.typ != CLAIM_TYPE {
            return Err(Refusal::OtherType.into());
        }
        if header.crit.is_some() {
            return Err(Refusal::Critical.into());
        }
        let now = now.unix_timestamp();
        if now >= claims.exp.saturating_add(LEEWAY_SECONDS) {
            return Err(Refusal::Expired.into());
        }
        if now < claims.nbf.saturating_sub(LEEWAY_SECONDS) {
            return Err(Refusal::NotYet.into());
        }
        let authenticated_at = OffsetDateTime::from_unix_timestamp(claims.auth_time)
            .map_err(|error| TokenError::Invalid(error.into()))?;
        let Claims { sub: user, sid: session, role, .. } = claims;
        Ok(AccessClaims { user, session, role, authenticated_at })
    }

    fn lifetime_seconds(&self) -> u64 {
        self.keys.lifetime_seconds
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.checking.iter().filter_map(CheckingKey::published).collect()
    }
}

#[cfg(test)]
mod tests;
