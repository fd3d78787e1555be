//! Keys for programs, and what tells our pages from others.

use domain::shared::actor::Forbidden;

use super::*;

fn api_key(name: String, scopes: Permissions) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(Uuid::from_u128(70)),
        user: UserId::new(CUSTOMER),
        name,
        scopes,
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    }
}

impl AccessTokens for Stub {
    fn issue(&self, claims: &AccessClaims, _: OffsetDateTime) -> Result<Secret, TokenError> {
        Ok(Secret(claims.session.to_string()))
    }
    fn verify(&self, _: &str, _: OffsetDateTime) -> Result<AccessClaims, TokenError> {
        Err(TokenError::Invalid(cause("handlers ask who it is, never the token")))
    }
    fn lifetime_seconds(&self) -> u64 {
        900
    }
    fn public_keys(&self) -> Vec<PublicKey> {
        vec![
            PublicKey { id: "new".into(), bytes: [1; 32] },
            PublicKey { id: "old".into(), bytes: [2; 32] },
        ]
    }
}

impl CsrfTokens for Stub {
    fn token(&self, session: SessionId) -> Secret {
        Secret(format!("csrf-{session}"))
    }
    fn verify(&self, session: SessionId, token: &str) -> bool {
        self.token(session).0 == token
    }
}

#[async_trait]
impl CreateApiKey for Stub {
    async fn execute(&self, command: CreateApiKeyCommand) -> Result<NewApiKey, ApiKeyError> {
        if !command.scopes.iter().all(|scope| command.actor.may(scope)) {
            return Err(ApiKeyError::Scope(Forbidden));
        }
        let key = api_key(command.name, command.scopes);
        Ok(NewApiKey { key, token: Secret("kontor_secret".into()) })
    }
}

#[async_trait]
impl RevokeApiKey for Stub {
    async fn execute(&self, command: RevokeApiKeyCommand) -> Result<(), ApiKeyError> {
        if command.owner.raw() == CUSTOMER { Ok(()) } else { Err(ApiKeyError::NotFound) }
    }
}

#[async_trait]
impl ApiKeyReads for Stub {
    async fn keys_of(&self, _: UserId, _: OffsetDateTime) -> Result<Vec<ApiKey>, StoreError> {
        Ok(vec![api_key("warehouse".into(), Permissions::NONE)])
    }
    async fn grant(
        &self,
        _: ApiKeyId,
        _: [u8; 32],
        _: OffsetDateTime,
    ) -> Result<Option<ApiKeyGrant>, StoreError> {
        Ok(None)
    }
    async fn note_use(&self, _: ApiKeyId, _: OffsetDateTime) -> Result<(), StoreError> {
        Ok(())
    }
}
