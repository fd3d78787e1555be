use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    messaging::{
        DeadLetterError, Disposal, MessagingStore, SettleDeadLetter, SettleDeadLetterCommand,
    },
    shared::ports::Clock,
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`SettleDeadLetter`].
#[derive(Component)]
#[shaku(interface = SettleDeadLetter)]
pub struct SettleDeadLetterUseCase {
    #[shaku(inject)]
    store: Arc<dyn MessagingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl SettleDeadLetter for SettleDeadLetterUseCase {
    #[tracing::instrument(name = "messaging.settle_dead_letter", skip_all)]
    async fn execute(&self, command: SettleDeadLetterCommand) -> Result<(), DeadLetterError> {
        retry_lost_races(|| self.attempt(&command)).await
    }
}

impl SettleDeadLetterUseCase {
    async fn attempt(&self, command: &SettleDeadLetterCommand) -> Result<(), DeadLetterError> {
        let SettleDeadLetterCommand { by, letter, how, provenance } = command;
        let mut uow = self.store.begin(provenance).await?;
        let (is_settled, action) = match how {
            Disposal::Replay => {
                (uow.dead_letters().replay(*letter).await?, AuditAction::DeadLetterReplayed)
            }
            Disposal::Drop => {
                (uow.dead_letters().drop_letter(*letter).await?, AuditAction::DeadLetterDropped)
            }
        };
        if !is_settled {
            return Err(DeadLetterError::NotFound);
        }
        let (kind, now) = (AuditTargetKind::DeadLetter, self.clock.now());
        uow.audit().record(AuditEntry::new(*by, action, kind, letter.raw(), now));
        Ok(uow.commit().await?)
    }
}
