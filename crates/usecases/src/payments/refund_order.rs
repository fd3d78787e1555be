use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    ordering::{Order, OrderView},
    payments::{
        PaymentId, PaymentsStore, PaymentsUnitOfWork, RefundOf, RefundOrder, RefundOrderCommand,
        RefundOrderError,
    },
    shared::{
        idempotency::{Claim, IdempotencyError, Outcome},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::give_back::{Draw, give_back};
use crate::retry::retry_lost_races;

/// Implements [`RefundOrder`].
#[derive(Component)]
#[shaku(interface = RefundOrder)]
pub struct RefundOrderUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl RefundOrder for RefundOrderUseCase {
    #[tracing::instrument(name = "payments.refund_order", skip_all)]
    async fn execute(
        &self,
        command: RefundOrderCommand,
    ) -> Result<Outcome<OrderView>, RefundOrderError> {
        let now = self.clock.now();
        retry_lost_races(|| self.attempt(&command, now)).await
    }
}

impl RefundOrderUseCase {
    async fn attempt(
        &self,
        command: &RefundOrderCommand,
        at: OffsetDateTime,
    ) -> Result<Outcome<OrderView>, RefundOrderError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let (order, only) = find(&mut *uow, command.of).await?;
        let view = OrderView::from(&order);
        if let Some(request) = &command.idempotency {
            let answer = (request.render)(&view);
            let resource = order.id().raw();
            match uow.idempotency().claim(&request.key, resource, Some(&answer), at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        order.may_refund()?;
        let draw = Draw { clock: &*self.clock, ids: &*self.ids, at };
        let back = give_back(&mut *uow, &order, only, command.amount, &draw).await?;
        if back.minor == 0 {
            return Err(RefundOrderError::Amount { left: back });
        }
        let (action, kind) = (AuditAction::OrderRefunded, AuditTargetKind::Order);
        let entry = AuditEntry::new(command.actor, action, kind, order.id().raw(), at);
        uow.audit().record(entry.with("amount", back).with("currency", back.currency));
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }
}

/// The order, locked, and the payment that is meant when it is only one.
async fn find(
    uow: &mut dyn PaymentsUnitOfWork,
    of: RefundOf,
) -> Result<(Order, Option<PaymentId>), RefundOrderError> {
    let (id, only) = match of {
        RefundOf::Order(id) => (id, None),
        RefundOf::Payment(id) => {
            let payment = uow.payments().find(id).await?.ok_or(RefundOrderError::NotFound)?;
            (payment.order(), Some(id))
        }
    };
    let order = uow.orders().find(id).await?.ok_or(RefundOrderError::NotFound)?;
    Ok((order, only))
}
