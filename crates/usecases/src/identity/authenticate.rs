use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AccessClaims, AccessTokens, ApiKeyId, ApiKeyReads, ApiKeyTokens, Authenticate,
        AuthenticateError, IdentityReads, KnownSessions, Permissions, Role, SessionId,
        SessionState, Standing, TokenError,
    },
    shared::{actor::Actor, error::StoreError, ports::Clock},
};
use shaku::Component;
use time::{Duration, OffsetDateTime};

/// How exactly it is known when a key for programs was last used.
const USE_IS_NOTED_EVERY: Duration = Duration::MINUTE;

/// Implements [`Authenticate`].
#[derive(Component)]
#[shaku(interface = Authenticate)]
pub struct AuthenticateUseCase {
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    api_keys: Arc<dyn ApiKeyTokens>,
    #[shaku(inject)]
    key_reads: Arc<dyn ApiKeyReads>,
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    known: Arc<dyn KnownSessions>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Authenticate for AuthenticateUseCase {
    async fn execute(&self, access_token: &str) -> Result<Actor, AuthenticateError> {
        if let Some((key, secret_hash)) = self.api_keys.parse(access_token) {
            return self.by_api_key(key, secret_hash).await;
        }
        let claims = self.access_tokens.verify(access_token, self.clock.now()).map_err(not_good)?;
        match self.state(claims.session).await? {
            // What the token says of the role may be out of date.
            SessionState::Live(Standing { role, permissions }) => {
                let AccessClaims { user, session, authenticated_at, .. } = claims;
                let session = Some(session);
                Ok(Actor { user, role, permissions, session, authenticated_at })
            }
            SessionState::Ended => Err(AuthenticateError::SessionRevoked),
        }
    }
}

impl AuthenticateUseCase {
    async fn by_api_key(
        &self,
        key: ApiKeyId,
        secret_hash: [u8; 32],
    ) -> Result<Actor, AuthenticateError> {
        let now = self.clock.now();
        let grant = self.key_reads.grant(key, secret_hash, now).await?;
        let grant = grant.ok_or(AuthenticateError::BadToken)?;
        if grant.last_used_at.is_none_or(|last| last + USE_IS_NOTED_EVERY <= now) {
            self.key_reads.note_use(key, now).await?;
        }
        let (role, permissions) = match grant.standing.role {
            Role::User => (Role::User, Permissions::NONE),
            Role::Staff => (Role::Staff, grant.scopes.and(grant.standing.permissions)),
            // What only a super admin may is done by people.
            Role::SuperAdmin => (Role::Staff, grant.scopes),
        };
        let (session, authenticated_at) = (None, OffsetDateTime::UNIX_EPOCH);
        Ok(Actor { user: grant.user, role, permissions, session, authenticated_at })
    }

    async fn state(&self, session: SessionId) -> Result<SessionState, StoreError> {
        if let Some(state) = self.known.recall(session) {
            return Ok(state);
        }
        let now = self.clock.now();
        let state = self.reads.session_state(session, now).await?;
        self.known.remember(session, state, now);
        Ok(state)
    }
}

fn not_good(error: TokenError) -> AuthenticateError {
    let cause: &dyn std::error::Error = &error;
    tracing::debug!(error = cause, "an access token was refused");
    AuthenticateError::BadToken
}
