use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AccessClaims, AccessToken, AccessTokens, IdentityReads, IdentityStore, Knocker, LoginGuard,
        PasswordHasher, SessionId, StepUp, StepUpCommand, StepUpError,
    },
    shared::{actor::Actor, event::Provenance, ports::Clock},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`StepUp`].
#[derive(Component)]
#[shaku(interface = StepUp)]
pub struct StepUpUseCase {
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    guard: Arc<dyn LoginGuard>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl StepUp for StepUpUseCase {
    #[tracing::instrument(name = "identity.step_up", skip_all)]
    async fn execute(&self, command: StepUpCommand) -> Result<AccessToken, StepUpError> {
        let StepUpCommand { actor, password } = command;
        let session = actor.session.ok_or(StepUpError::SessionRevoked)?;
        let known = self.reads.credentials_of(actor.user).await?;
        let known = known.filter(|known| known.is_active).ok_or(StepUpError::SessionRevoked)?;
        let knocker = Knocker::session(session);
        self.guard.admit(&knocker).await?;
        match self.hasher.verify(&password, Some(&known.password_hash)).await {
            Ok(true) => self.guard.forget(&knocker).await,
            Ok(false) => return Err(StepUpError::BadPassword),
            Err(error) => {
                self.guard.take_back(&knocker).await;
                return Err(error.into());
            }
        }
        let now = self.clock.now();
        retry_lost_races(|| self.attempt(&actor, session, now)).await?;
        let claims =
            AccessClaims { user: actor.user, session, role: known.role, authenticated_at: now };
        let token = self.access_tokens.issue(&claims, now)?;
        Ok(AccessToken { token, expires_in: self.access_tokens.lifetime_seconds() })
    }
}

impl StepUpUseCase {
    async fn attempt(
        &self,
        actor: &Actor,
        session: SessionId,
        now: OffsetDateTime,
    ) -> Result<(), StepUpError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        if !uow.sessions().authenticated(actor.user, session, now).await? {
            return Err(StepUpError::SessionRevoked);
        }
        Ok(uow.commit().await?)
    }
}
