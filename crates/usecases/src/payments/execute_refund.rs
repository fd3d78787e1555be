use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    payments::{
        ExecuteRefund, ExecuteRefundError, GatewayError, Payment, PaymentGateway, PaymentsStore,
        ProviderName, Refund, RefundId, RefundReport, RefundRequest, RefundStatus,
    },
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::settle::order_of;
use crate::retry::retry_lost_races;

/// Implements [`ExecuteRefund`].
#[derive(Component)]
#[shaku(interface = ExecuteRefund)]
pub struct ExecuteRefundUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Where a refund is asked for.
struct AtProvider {
    provider: ProviderName,
    provider_payment_id: String,
}

/// What the answer of a provider changes.
struct Answer {
    status: RefundStatus,
    payment: Stamp,
    order: Stamp,
}

#[async_trait]
impl ExecuteRefund for ExecuteRefundUseCase {
    #[tracing::instrument(name = "payments.execute_refund", skip_all, fields(%refund))]
    async fn execute(
        &self,
        refund: RefundId,
        provenance: Provenance,
    ) -> Result<(), ExecuteRefundError> {
        let (refund, payment) = self.load(refund, &provenance).await?;
        if refund.status != RefundStatus::Scheduled {
            return Ok(());
        }
        let at = at_provider(&payment)?;
        let status = self.ask(&at, &refund).await?;
        let payment = stamp(&*self.clock, &*self.ids);
        let order = Stamp { at: payment.at, ..stamp(&*self.clock, &*self.ids) };
        let answer = Answer { status, payment, order };
        retry_lost_races(|| self.attempt(refund.id, &at, &answer, &provenance)).await
    }
}

impl ExecuteRefundUseCase {
    async fn load(
        &self,
        id: RefundId,
        provenance: &Provenance,
    ) -> Result<(Refund, Payment), ExecuteRefundError> {
        let mut uow = self.store.begin(provenance).await?;
        let refund = uow.refunds().find(id).await?.ok_or(ExecuteRefundError::NotFound)?;
        let payment = uow.payments().find(refund.payment).await?;
        Ok((refund, payment.ok_or(ExecuteRefundError::NotFound)?))
    }

    async fn ask(
        &self,
        at: &AtProvider,
        refund: &Refund,
    ) -> Result<RefundStatus, ExecuteRefundError> {
        let gateway = self.gateways.get(&at.provider).ok_or(ExecuteRefundError::UnknownProvider)?;
        let request = RefundRequest {
            refund: refund.id,
            provider_payment_id: at.provider_payment_id.clone(),
            amount: refund.amount,
        };
        match gateway.refund(&request).await {
            Ok(RefundReport::Succeeded) => Ok(RefundStatus::Succeeded),
            Ok(RefundReport::Refused { reason }) | Err(GatewayError::Refused { reason }) => {
                tracing::error!(refund = %refund.id, reason, "the provider refused a refund");
                Ok(RefundStatus::Failed)
            }
            Err(unknown @ GatewayError::Unknown(_)) => Err(unknown.into()),
        }
    }

    async fn attempt(
        &self,
        id: RefundId,
        at: &AtProvider,
        answer: &Answer,
        provenance: &Provenance,
    ) -> Result<(), ExecuteRefundError> {
        let mut uow = self.store.begin(provenance).await?;
        let mut refund = uow.refunds().find(id).await?.ok_or(ExecuteRefundError::NotFound)?;
        if refund.status != RefundStatus::Scheduled {
            return Ok(());
        }
        let found = uow.payments().find_at_provider(at.provider, &at.provider_payment_id).await?;
        let (mut payment, others) = found.ok_or(ExecuteRefundError::NotFound)?;
        payment.settle_refund(&mut refund, answer.status, answer.payment);
        let mut order = order_of(&mut *uow, &payment).await?;
        order.note_takings(&others.with(&payment)?, answer.order);
        if !order.events().is_empty() {
            uow.orders().update(&order).await?;
        }
        uow.refunds().update(&refund, answer.payment.at).await?;
        uow.payments().update(&payment).await?;
        Ok(uow.commit().await?)
    }
}

fn at_provider(payment: &Payment) -> Result<AtProvider, StoreError> {
    let unnamed = || StoreError::Corrupt(format!("payment {} took unnamed money", payment.id()));
    let provider_payment_id = payment.state().provider_payment_id.clone().ok_or_else(unnamed)?;
    Ok(AtProvider { provider: payment.provider(), provider_payment_id })
}
