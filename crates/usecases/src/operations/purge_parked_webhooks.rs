use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    operations::{Job, Schedule},
    payments::{PaymentsStore, ProviderName, ProviderNotice},
    shared::{
        error::{Cause, StoreError},
        event::Provenance,
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;
use time::{Duration, OffsetDateTime};

use crate::retry::retry_lost_races;

/// Longer than any answer of a provider is on its way, and than staff needs to ask about it.
const KEPT: Duration = Duration::days(7);

/// Webhooks dropped in one unit of work: others wait for no longer than these take.
const BATCH: u32 = 100;

/// Batches of one run; what is left is for the next.
const MOST_BATCHES: u32 = 100;

/// Drops what providers told long ago of payments that never became known here. Each of them is
/// noted in the audit log: what it told may be about money.
#[derive(Component)]
#[shaku(interface = Job)]
pub struct PurgeParkedWebhooksJob {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl Job for PurgeParkedWebhooksJob {
    fn name(&self) -> &'static str {
        "purge_parked_webhooks"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron("52 * * * *")
    }

    async fn run(&self) -> Result<u64, Cause> {
        let now = self.clock.now();
        let mut total = 0;
        for _ in 0..MOST_BATCHES {
            let dropped = retry_lost_races(|| self.attempt(now)).await?;
            if dropped.is_empty() {
                break;
            }
            for (provider, notice) in dropped {
                total += 1;
                tell(provider, &notice);
            }
        }
        Ok(total)
    }
}

impl PurgeParkedWebhooksJob {
    async fn attempt(
        &self,
        now: OffsetDateTime,
    ) -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let dropped = uow.payments().drop_parked(now - KEPT, BATCH).await?;
        for (provider, notice) in &dropped {
            let (action, kind) =
                (AuditAction::ProviderNoticeDropped, AuditTargetKind::ProviderNotice);
            let entry = AuditEntry::new(AuditActor::System, action, kind, self.ids.next(), now)
                .with("provider", provider)
                .with("event", &notice.event_id)
                .with("payment", &notice.provider_payment_id)
                .with("told", told(notice))
                .with("amount", notice.amount)
                .with("currency", notice.amount.currency);
            uow.audit().record(entry);
        }
        if !dropped.is_empty() {
            uow.commit().await?;
        }
        Ok(dropped)
    }
}

/// What it told; nothing when it told only that there is a payment.
fn told(notice: &ProviderNotice) -> &'static str {
    notice.fact.as_ref().map_or("nothing", |(_, kind)| kind.as_str())
}

fn tell(provider: ProviderName, notice: &ProviderNotice) {
    let ProviderNotice { event_id, provider_payment_id, amount, .. } = notice;
    let (told, currency) = (told(notice), amount.currency);
    if notice.fact.as_ref().is_some_and(|(_, kind)| kind.moves_money()) {
        tracing::error!(%provider, event_id, provider_payment_id, told, %amount, %currency,
            "a provider told of money of a payment nobody knows");
    } else {
        tracing::warn!(%provider, event_id, provider_payment_id, told, %amount, %currency,
            "a provider told of a payment nobody knows");
    }
}
