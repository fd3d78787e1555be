use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AccessClaims, AccessTokens, Authenticate, AuthenticateError, IdentityReads, KnownSessions,
        SessionId, SessionState, Standing, TokenError,
    },
    shared::{actor::Actor, error::StoreError, ports::Clock},
};
use shaku::Component;

/// Implements [`Authenticate`].
#[derive(Component)]
#[shaku(interface = Authenticate)]
pub struct AuthenticateUseCase {
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
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
        let claims = self.access_tokens.verify(access_token, self.clock.now()).map_err(not_good)?;
        match self.state(claims.session).await? {
            // What the token says of the role may be out of date.
            SessionState::Live(Standing { role, permissions }) => {
                let AccessClaims { user, session, authenticated_at, .. } = claims;
                Ok(Actor { user, role, permissions, session, authenticated_at })
            }
            SessionState::Ended => Err(AuthenticateError::SessionRevoked),
        }
    }
}

impl AuthenticateUseCase {
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
