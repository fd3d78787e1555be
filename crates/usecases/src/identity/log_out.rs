use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{AccessTokens, IdentityStore, LogOut, LogOutCommand, LogOutError, SessionId},
    shared::{cache::Cache, error::StoreError, event::Provenance, ports::Clock},
};
use shaku::Component;

use super::session_cache;
use crate::retry::retry_lost_races;

/// Implements [`LogOut`].
#[derive(Component)]
#[shaku(interface = LogOut)]
pub struct LogOutUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    cache: Arc<dyn Cache>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl LogOut for LogOutUseCase {
    #[tracing::instrument(name = "identity.log_out", skip_all)]
    async fn execute(&self, command: LogOutCommand) -> Result<(), LogOutError> {
        let ended = retry_lost_races(|| self.attempt(&command)).await?;
        let lifetime = self.access_tokens.lifetime_seconds();
        for session in ended {
            session_cache::remember_ended(&*self.cache, session, lifetime).await;
        }
        Ok(())
    }
}

impl LogOutUseCase {
    async fn attempt(&self, command: &LogOutCommand) -> Result<Vec<SessionId>, StoreError> {
        let actor = command.actor;
        let only = match (command.everywhere, actor.session) {
            (true, _) => None,
            (false, Some(session)) => Some(session),
            // A key for programs has no session to end.
            (false, None) => return Ok(Vec::new()),
        };
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let ended = uow.sessions().revoke(actor.user, only, self.clock.now()).await?;
        uow.commit().await?;
        Ok(ended)
    }
}
