use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    identity::{CleanUpSessions, IdentityStore},
    shared::{error::StoreError, event::Provenance, ports::Clock},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Longer than a mail about a token may wait to leave.
const TOKENS_ARE_KEPT: time::Duration = time::Duration::days(2);

/// Implements [`CleanUpSessions`].
#[derive(Component)]
#[shaku(interface = CleanUpSessions)]
pub struct CleanUpSessionsUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    /// How long sessions are kept after they ended or expired.
    keep_for: Duration,
}

#[async_trait]
impl CleanUpSessions for CleanUpSessionsUseCase {
    #[tracing::instrument(name = "identity.clean_up_sessions", skip_all)]
    async fn execute(&self, over_for: Option<Duration>, limit: u32) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let before = now - over_for.unwrap_or(self.keep_for);
        retry_lost_races(|| self.attempt(now, before, limit)).await
    }
}

impl CleanUpSessionsUseCase {
    async fn attempt(
        &self,
        now: OffsetDateTime,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let sessions = uow.sessions().remove_over(before, limit).await?;
        let tokens = uow.email_tokens().remove_old(now - TOKENS_ARE_KEPT, limit).await?;
        uow.commit().await?;
        Ok(sessions.saturating_add(tokens))
    }
}
