use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    payments::{
        AttemptStatus, Fact, PaymentGateway, PaymentsStore, ProviderName, ProviderNotice,
        ReceiveWebhook, ReceiveWebhookCommand, WebhookError, WebhookReceipt,
    },
    shared::{
        event::Provenance,
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use super::settle::{ReportStamps, settle};
use crate::retry::retry_lost_races;

/// Implements [`ReceiveWebhook`].
#[derive(Component)]
#[shaku(interface = ReceiveWebhook)]
pub struct ReceiveWebhookUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl ReceiveWebhook for ReceiveWebhookUseCase {
    #[tracing::instrument(name = "payments.receive_webhook", skip_all, fields(provider = %command.provider))]
    async fn execute(
        &self,
        command: ReceiveWebhookCommand,
    ) -> Result<WebhookReceipt, WebhookError> {
        let provider =
            ProviderName::parse(&command.provider).ok_or(WebhookError::UnknownProvider)?;
        let gateway = self.gateways.get(&provider).ok_or(WebhookError::UnknownProvider)?;
        // Nothing is read before it is believed.
        gateway.verify_webhook(&command.request, self.clock.now())?;
        let notice = gateway.parse_webhook(&command.request)?;
        let stamps = ReportStamps::draw(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(provider, &notice, &stamps, &command.provenance)).await
    }
}

impl ReceiveWebhookUseCase {
    async fn attempt(
        &self,
        provider: ProviderName,
        notice: &ProviderNotice,
        stamps: &ReportStamps,
        provenance: &Provenance,
    ) -> Result<WebhookReceipt, WebhookError> {
        let now = stamps.fact.at;
        let mut uow = self.store.begin(provenance).await?;
        let found = uow.payments().find_at_provider(provider, &notice.provider_payment_id).await?;
        let Some((mut payment, others)) = found else {
            // It may be about an attempt whose provider reported before it answered.
            if !uow.payments().park(provider, notice, now).await? {
                return Err(WebhookError::UnknownPayment);
            }
            uow.commit().await?;
            return Ok(WebhookReceipt::Parked);
        };
        let id = payment.id();
        if !uow.payments().note_provider_event(provider, &notice.event_id, id, now).await? {
            return Ok(WebhookReceipt::Duplicate);
        }
        if let Some((key, kind)) = &notice.fact {
            let (key, reason) = (key.clone(), notice.reason.clone());
            payment.learn(
                Fact { key, kind: *kind, amount: notice.amount, reason, at: now },
                stamps.fact,
            );
        }
        // What was known already has settled the order already.
        if !payment.fresh_facts().is_empty() {
            settle(&mut *uow, &mut payment, others, stamps).await?;
            uow.payments().update(&payment).await?;
        }
        uow.commit().await?;
        if payment.status() == AttemptStatus::Conflicted {
            tracing::error!(payment = %id, "the provider reports another amount than was asked for");
        }
        Ok(WebhookReceipt::Noted)
    }
}
