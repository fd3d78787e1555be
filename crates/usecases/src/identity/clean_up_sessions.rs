use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    identity::{CleanUpSessions, IdentityStore},
    shared::{error::StoreError, event::Provenance, ports::Clock},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`CleanUpSessions`].
#[derive(Component)]
#[shaku(interface = CleanUpSessions)]
pub struct CleanUpSessionsUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl CleanUpSessions for CleanUpSessionsUseCase {
    #[tracing::instrument(name = "identity.clean_up_sessions", skip_all)]
    async fn execute(&self, over_for: Duration, limit: u32) -> Result<u32, StoreError> {
        let before = self.clock.now() - over_for;
        retry_lost_races(|| self.attempt(before, limit)).await
    }
}

impl CleanUpSessionsUseCase {
    async fn attempt(&self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let removed = uow.sessions().remove_over(before, limit).await?;
        uow.commit().await?;
        Ok(removed)
    }
}
