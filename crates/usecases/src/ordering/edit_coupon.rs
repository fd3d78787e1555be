use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    ordering::{Coupon, EditCoupon, EditCouponCommand, OrderingStore, WriteCouponError},
    shared::ports::Clock,
};
use shaku::Component;
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Implements [`EditCoupon`].
#[derive(Component)]
#[shaku(interface = EditCoupon)]
pub struct EditCouponUseCase {
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl EditCoupon for EditCouponUseCase {
    #[tracing::instrument(name = "ordering.edit_coupon", skip_all)]
    async fn execute(&self, command: EditCouponCommand) -> Result<Coupon, WriteCouponError> {
        let now = self.clock.now();
        retry_lost_races(|| self.attempt(&command, now)).await
    }
}

impl EditCouponUseCase {
    async fn attempt(
        &self,
        command: &EditCouponCommand,
        now: OffsetDateTime,
    ) -> Result<Coupon, WriteCouponError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let found = uow.coupons().find(command.coupon).await?;
        let mut coupon = found.ok_or(WriteCouponError::NotFound)?;
        let version = coupon.version;
        coupon.edit(command.change.over(coupon.terms), now)?;
        if coupon.version == version {
            return Ok(coupon);
        }
        uow.coupons().update(&coupon).await?;
        let (action, kind) = (AuditAction::PromoCodeUpdated, AuditTargetKind::PromoCode);
        uow.audit().record(AuditEntry::new(command.actor, action, kind, coupon.id.raw(), now));
        uow.commit().await?;
        Ok(coupon)
    }
}
