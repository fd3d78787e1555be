use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    ordering::{
        Coupon, CouponId, CreateCoupon, CreateCouponCommand, OrderingStore, WriteCouponError,
    },
    shared::{
        error::StoreError,
        idempotency::{Claim, IdempotencyError, Outcome},
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`CreateCoupon`].
#[derive(Component)]
#[shaku(interface = CreateCoupon)]
pub struct CreateCouponUseCase {
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl CreateCoupon for CreateCouponUseCase {
    #[tracing::instrument(name = "ordering.create_coupon", skip_all)]
    async fn execute(
        &self,
        command: CreateCouponCommand,
    ) -> Result<Outcome<Coupon>, WriteCouponError> {
        let (id, now) = (CouponId::new(self.ids.next()), self.clock.now());
        let coupon = Coupon::create(id, command.code.clone(), command.terms, now)?;
        retry_lost_races(|| self.attempt(&command, &coupon)).await
    }
}

impl CreateCouponUseCase {
    async fn attempt(
        &self,
        command: &CreateCouponCommand,
        coupon: &Coupon,
    ) -> Result<Outcome<Coupon>, WriteCouponError> {
        let (id, at) = (coupon.id.raw(), coupon.created_at);
        let mut uow = self.store.begin(&command.provenance).await?;
        if let Some(request) = &command.idempotency {
            let answer = (request.render)(coupon);
            match uow.idempotency().claim(&request.key, id, Some(&answer), at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        uow.coupons().insert(coupon).await.map_err(refused)?;
        let (action, kind) = (AuditAction::PromoCodeCreated, AuditTargetKind::PromoCode);
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id, at));
        uow.commit().await.map_err(refused)?;
        Ok(Outcome::Done(coupon.clone()))
    }
}

fn refused(error: StoreError) -> WriteCouponError {
    match error {
        StoreError::AlreadyExists { constraint } if constraint == "uq_coupons_code" => {
            WriteCouponError::CodeTaken
        }
        error => error.into(),
    }
}
