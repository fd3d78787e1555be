use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    payments::{
        CheckPayment, ExecuteOperation, ExecuteRefund, ExecuteRefundError, PaymentsStore,
        ProviderName, ReconcilePayments, ResolveError, UnresolvedPayments,
    },
    shared::{
        error::StoreError,
        event::Provenance,
        ports::{Clock, IdGenerator},
    },
};
use futures_util::{StreamExt, stream};
use shaku::Component;

use super::take_in::{Learning, take_in_named};
use crate::retry::retry_lost_races;

/// Questions to providers that wait for their answers at the same time: one that hangs must not
/// keep the others.
const AT_ONCE: usize = 8;

/// Implements [`ReconcilePayments`].
#[derive(Component)]
#[shaku(interface = ReconcilePayments)]
pub struct ReconcilePaymentsUseCase {
    #[shaku(inject)]
    unresolved: Arc<dyn UnresolvedPayments>,
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    check_payment: Arc<dyn CheckPayment>,
    #[shaku(inject)]
    execute_operation: Arc<dyn ExecuteOperation>,
    #[shaku(inject)]
    execute_refund: Arc<dyn ExecuteRefund>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl ReconcilePayments for ReconcilePaymentsUseCase {
    #[tracing::instrument(name = "payments.reconcile_payments", skip_all)]
    async fn execute(&self, limit: u32) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut count = 0;
        for (provider, name) in self.unresolved.parked(limit).await? {
            retry_lost_races(|| self.match_parked(provider, &name)).await?;
            count += 1;
        }
        let operations = self.unresolved.claim_operations(limit, now).await?;
        count += each(operations, "an operation", |id| async move {
            self.execute_operation.execute(id, Provenance::default()).await.map(drop)
        })
        .await?;
        let refunds = self.unresolved.claim_refunds(limit, now).await?;
        count += each(refunds, "a refund", |id| async move {
            let refund = self.execute_refund.execute(id, Provenance::default()).await;
            refund.map_err(unresolved)
        })
        .await?;
        let attempts = self.unresolved.claim_attempts(limit, now).await?;
        count += each(attempts, "an attempt", |id| self.check_payment.execute(id)).await?;
        Ok(count)
    }
}

impl ReconcilePaymentsUseCase {
    async fn match_parked(&self, provider: ProviderName, name: &str) -> Result<(), StoreError> {
        let at = self.clock.now();
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let parked = uow.payments().unpark(provider, name).await?;
        let learning = Learning { clock: &*self.clock, ids: &*self.ids, at };
        take_in_named(&mut *uow, (provider, name), (&parked, &[]), &learning).await?;
        uow.commit().await
    }
}

/// Sees to each of them; answers how many there were. What fails is due again later.
async fn each<I, F, Fut>(ids: Vec<I>, what: &str, see_to: F) -> Result<u32, StoreError>
where
    I: Copy + std::fmt::Display,
    F: Fn(I) -> Fut,
    Fut: Future<Output = Result<(), ResolveError>>,
{
    let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let mut seen_to = stream::iter(ids)
        .map(|id| {
            let asked = see_to(id);
            async move { (id, asked.await) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((id, outcome)) = seen_to.next().await {
        match outcome {
            Ok(()) => {}
            Err(ResolveError::Store(
                error @ (StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)),
            )) => return Err(error),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(%id, error, "{what} stays unresolved");
            }
        }
    }
    Ok(count)
}

fn unresolved(error: ExecuteRefundError) -> ResolveError {
    match error {
        ExecuteRefundError::NotFound => ResolveError::NotFound,
        ExecuteRefundError::UnknownProvider => ResolveError::UnknownProvider,
        ExecuteRefundError::Gateway(error) => ResolveError::Unknown(error.into()),
        ExecuteRefundError::Money(error) => StoreError::Corrupt(error.to_string()).into(),
        ExecuteRefundError::Store(error) => error.into(),
    }
}
