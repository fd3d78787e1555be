use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    payments::{
        AttemptStatus, CHECK_AFTER, ExecuteOperation, OperatePayment, OperatePaymentCommand,
        OperatePaymentError, Operation, OperationId, OperationKind, OperationStatus, Payment,
        PaymentView, PaymentsStore, ResolveError,
    },
    shared::{
        error::StoreError,
        idempotency::{Claim, IdempotencyError, Outcome, StoredResponse},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`OperatePayment`].
#[derive(Component)]
#[shaku(interface = OperatePayment)]
pub struct OperatePaymentUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    execute_operation: Arc<dyn ExecuteOperation>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Where the first transaction leaves the request.
enum Begun {
    /// The operation is stored, and the provider's answer may not be.
    Ask(OperationId),
    /// It was done before.
    Done,
    /// The client was told before.
    Replayed(StoredResponse),
}

#[async_trait]
impl OperatePayment for OperatePaymentUseCase {
    #[tracing::instrument(
        name = "payments.operate_payment", skip_all,
        fields(payment = %command.payment, kind = %command.kind)
    )]
    async fn execute(
        &self,
        command: OperatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, OperatePaymentError> {
        let (id, at) = (OperationId::new(self.ids.next()), self.clock.now());
        let status = match retry_lost_races(|| self.begin(&command, id, at)).await? {
            Begun::Replayed(answer) => return Ok(Outcome::Replayed(answer)),
            Begun::Done => OperationStatus::Succeeded,
            // No transaction is open while the provider is waited for.
            Begun::Ask(id) => self.ask(&command, id).await?,
        };
        retry_lost_races(|| self.finish(&command, status)).await.map(Outcome::Done)
    }
}

impl OperatePaymentUseCase {
    /// Stores the operation before the provider hears of it, or finds the one to go on with.
    async fn begin(
        &self,
        command: &OperatePaymentCommand,
        id: OperationId,
        at: OffsetDateTime,
    ) -> Result<Begun, OperatePaymentError> {
        let kind = command.kind;
        let mut uow = self.store.begin(&command.provenance).await?;
        let found = uow.payments().find(command.payment).await?;
        let payment = found.ok_or(OperatePaymentError::NotFound)?;
        let open = uow.operations().scheduled(payment.id(), kind).await?;
        let id = open.as_ref().map_or(id, |open| open.id);
        if let Some(request) = &command.idempotency {
            match uow.idempotency().claim(&request.key, id.raw(), None, at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Begun::Replayed(answer)),
                Claim::Started { resource } => {
                    let begun = uow.operations().find(OperationId::new(resource)).await?;
                    let begun = begun.ok_or(IdempotencyError::InProgress)?;
                    return Ok(Begun::Ask(begun.id));
                }
            }
        }
        if let Some(open) = open {
            uow.commit().await?;
            return Ok(Begun::Ask(open.id));
        }
        let status = payment.status();
        if status == done(kind) {
            // Nothing was begun, so the key stays free for the answer that is stored with it.
            return Ok(Begun::Done);
        }
        if !may(kind, status) {
            return Err(OperatePaymentError::WrongState { kind, status });
        }
        let operation = Operation::schedule(id, kind, &payment, at, CHECK_AFTER);
        uow.operations().insert(&operation).await.map_err(lost_to_another)?;
        uow.audit().record(entry(command, &payment, at));
        uow.commit().await?;
        Ok(Begun::Ask(id))
    }

    async fn ask(
        &self,
        command: &OperatePaymentCommand,
        id: OperationId,
    ) -> Result<OperationStatus, OperatePaymentError> {
        match self.execute_operation.execute(id, command.provenance.clone()).await {
            Ok(status) => Ok(status),
            Err(ResolveError::Unknown(cause)) => {
                let error: &dyn std::error::Error = &*cause;
                tracing::warn!(operation = %id, error, "the provider's answer was lost");
                Ok(OperationStatus::Scheduled)
            }
            Err(ResolveError::NotFound) => Err(OperatePaymentError::NotFound),
            Err(ResolveError::UnknownProvider) => Err(OperatePaymentError::UnknownProvider),
            Err(ResolveError::Store(error)) => Err(error.into()),
        }
    }

    /// Answers how the attempt stands now. Only a success is kept for the key: what is still
    /// open may become one.
    async fn finish(
        &self,
        command: &OperatePaymentCommand,
        status: OperationStatus,
    ) -> Result<PaymentView, OperatePaymentError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let found = uow.payments().find(command.payment).await?;
        let view = PaymentView::from(&found.ok_or(OperatePaymentError::NotFound)?);
        match (status, &command.idempotency) {
            (OperationStatus::Failed, _) => {
                let reason = format!("the payment is {}", view.status);
                return Err(OperatePaymentError::Refused { reason });
            }
            (OperationStatus::Succeeded, Some(request)) => {
                let answer = (request.render)(&view);
                let (key, resource) = (&request.key, command.payment.raw());
                match uow.idempotency().claim(key, resource, None, self.clock.now()).await? {
                    Claim::Answered(_) => {}
                    Claim::Fresh | Claim::Started { .. } => {
                        uow.idempotency().answer(key, &answer).await?;
                        uow.commit().await?;
                    }
                }
            }
            (OperationStatus::Succeeded | OperationStatus::Scheduled, _) => {}
        }
        Ok(view)
    }
}

/// The state an operation leads to.
const fn done(kind: OperationKind) -> AttemptStatus {
    match kind {
        OperationKind::Capture => AttemptStatus::Succeeded,
        OperationKind::Void => AttemptStatus::Canceled,
    }
}

fn may(kind: OperationKind, status: AttemptStatus) -> bool {
    match kind {
        OperationKind::Capture => status == AttemptStatus::Authorized,
        OperationKind::Void => status.is_active(),
    }
}

fn entry(command: &OperatePaymentCommand, payment: &Payment, at: OffsetDateTime) -> AuditEntry {
    let action = match command.kind {
        OperationKind::Capture => AuditAction::PaymentCaptured,
        OperationKind::Void => AuditAction::PaymentVoided,
    };
    let (kind, id, amount) = (AuditTargetKind::Payment, payment.id().raw(), payment.amount());
    AuditEntry::new(command.actor, action, kind, id, at)
        .with("amount", amount)
        .with("currency", amount.currency)
}

/// The same operation was begun meanwhile; reading again finds it.
fn lost_to_another(error: StoreError) -> StoreError {
    match error {
        StoreError::AlreadyExists { constraint } if constraint == "uq_payment_operations_open" => {
            StoreError::Conflict
        }
        error => error,
    }
}
