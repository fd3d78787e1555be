use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    payments::{
        AttemptStatus, CHECK_AFTER, ExecuteOperation, FactKind, GatewayError, Operation,
        OperationId, OperationKind, OperationRequest, OperationStatus, Payment, PaymentGateway,
        PaymentsStore, ProviderFact, ProviderName, ResolveError,
    },
    shared::{
        event::Provenance,
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use super::take_in::{Learning, Said, take_in};
use crate::retry::retry_lost_races;

/// Implements [`ExecuteOperation`].
#[derive(Component)]
#[shaku(interface = ExecuteOperation)]
pub struct ExecuteOperationUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// What the provider answered.
struct Answer {
    said: Said,
    /// Why it refused, if it did.
    refused: Option<String>,
}

#[async_trait]
impl ExecuteOperation for ExecuteOperationUseCase {
    #[tracing::instrument(name = "payments.execute_operation", skip_all, fields(%operation))]
    async fn execute(
        &self,
        operation: OperationId,
        provenance: Provenance,
    ) -> Result<OperationStatus, ResolveError> {
        let (operation, payment) = self.load(operation, &provenance).await?;
        if operation.status != OperationStatus::Scheduled {
            return Ok(operation.status);
        }
        // No transaction is open while the provider is waited for.
        let answer = if is_over(operation.kind, payment.status()) {
            Answer { said: Said::default(), refused: None }
        } else {
            self.ask(&operation, &payment).await?
        };
        if let Some(reason) = &answer.refused {
            let kind = operation.kind;
            tracing::warn!(payment = %payment.id(), %kind, reason, "refused by the provider");
        }
        retry_lost_races(|| self.finish(operation.id, &answer, &provenance)).await
    }
}

impl ExecuteOperationUseCase {
    async fn load(
        &self,
        id: OperationId,
        provenance: &Provenance,
    ) -> Result<(Operation, Payment), ResolveError> {
        let mut uow = self.store.begin(provenance).await?;
        let operation = uow.operations().find(id).await?.ok_or(ResolveError::NotFound)?;
        let payment = uow.payments().find(operation.payment).await?;
        Ok((operation, payment.ok_or(ResolveError::NotFound)?))
    }

    async fn ask(&self, operation: &Operation, payment: &Payment) -> Result<Answer, ResolveError> {
        let gateway =
            self.gateways.get(&payment.provider()).ok_or(ResolveError::UnknownProvider)?;
        let known = payment.state().provider_payment_id.clone();
        let mut said = Said::default();
        let name = match known {
            Some(name) => name,
            None => match gateway.fetch(payment.id(), None).await.map_err(unknown)? {
                Some(fetched) => {
                    let name = fetched.provider_payment_id.clone();
                    said = fetched.into();
                    name
                }
                None => return self.never_arrived(operation, payment),
            },
        };
        let request = OperationRequest {
            operation: operation.id,
            provider_payment_id: name.clone(),
            amount: payment.amount(),
        };
        let done = match operation.kind {
            OperationKind::Capture => gateway.capture(&request).await,
            OperationKind::Void => gateway.void(&request).await,
        };
        match done {
            Ok(fact) => {
                said.facts.push(fact);
                Ok(Answer { said, refused: None })
            }
            // It may have refused because of something we were not told yet.
            Err(GatewayError::Refused { reason }) => {
                let now = gateway.fetch(payment.id(), Some(&name)).await.map_err(unknown)?;
                let said = now.map_or(said, Said::from);
                Ok(Answer { said, refused: Some(reason) })
            }
            Err(error) => Err(unknown(error)),
        }
    }

    /// The provider does not know the attempt. The request may still be on its way to it for a
    /// while; after that there is nothing to end.
    fn never_arrived(
        &self,
        operation: &Operation,
        payment: &Payment,
    ) -> Result<Answer, ResolveError> {
        if self.clock.now() < operation.created_at + CHECK_AFTER {
            return Err(ResolveError::Unknown("the request may be on its way".into()));
        }
        let (kind, amount) = (FactKind::Canceled, payment.amount());
        let fact = ProviderFact { key: kind.to_string(), kind, amount, reason: None };
        Ok(Answer { said: Said { named: None, facts: vec![fact] }, refused: None })
    }

    async fn finish(
        &self,
        id: OperationId,
        answer: &Answer,
        provenance: &Provenance,
    ) -> Result<OperationStatus, ResolveError> {
        let at = self.clock.now();
        let mut uow = self.store.begin(provenance).await?;
        let mut operation = uow.operations().find(id).await?.ok_or(ResolveError::NotFound)?;
        if operation.status != OperationStatus::Scheduled {
            return Ok(operation.status);
        }
        let learning = Learning { clock: &*self.clock, ids: &*self.ids, at };
        let payment = take_in(&mut *uow, operation.payment, &answer.said, &learning).await?;
        operation.status = outcome(operation.kind, payment.status());
        if operation.status == OperationStatus::Failed {
            let came_first = || format!("the payment is {}", payment.status());
            operation.reason = Some(answer.refused.clone().unwrap_or_else(came_first));
        }
        uow.operations().update(&operation, at).await?;
        uow.commit().await?;
        Ok(operation.status)
    }
}

/// Whether the provider need not be asked: it said that the money was taken, or that the attempt
/// was called off. An attempt it called failed may still have become money since.
const fn is_over(kind: OperationKind, status: AttemptStatus) -> bool {
    match kind {
        OperationKind::Capture => matches!(status, AttemptStatus::Succeeded),
        OperationKind::Void => matches!(status, AttemptStatus::Succeeded | AttemptStatus::Canceled),
    }
}

/// What the state of an attempt says of an operation, once the provider was asked.
const fn outcome(kind: OperationKind, status: AttemptStatus) -> OperationStatus {
    let is_done = match kind {
        OperationKind::Capture => matches!(status, AttemptStatus::Succeeded),
        OperationKind::Void => matches!(
            status,
            AttemptStatus::Canceled | AttemptStatus::Failed | AttemptStatus::Expired
        ),
    };
    if is_done { OperationStatus::Succeeded } else { OperationStatus::Failed }
}

fn unknown(error: GatewayError) -> ResolveError {
    ResolveError::Unknown(error.into())
}
