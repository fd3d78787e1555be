use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::{Coupon, CouponId, CouponInHand, CouponReads, CouponRepository, Order, PromoCode},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, page, state::Tables, unit_of_work::already_exists};

/// Which order has which coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedemptionRow {
    /// The coupon.
    pub coupon: CouponId,
    /// Whose order it is.
    pub customer: UserId,
    /// When the order gave it back.
    pub released_at: Option<OffsetDateTime>,
}

fn held_by(tables: &Tables, coupon: CouponId, customer: UserId) -> u32 {
    let held = tables.redemptions.values().filter(|row| {
        row.coupon == coupon && row.customer == customer && row.released_at.is_none()
    });
    u32::try_from(held.count()).unwrap_or(u32::MAX)
}

fn has_left(coupon: &Coupon) -> bool {
    coupon.terms.total_limit.is_none_or(|limit| coupon.used < limit)
}

#[async_trait]
impl CouponRepository for MemoryUnitOfWork {
    async fn insert(&mut self, coupon: &Coupon) -> Result<(), StoreError> {
        if self.tables().coupons.contains_key(&coupon.id) {
            return Err(already_exists("pk_coupons"));
        }
        if self.tables().coupons.values().any(|other| other.code == coupon.code) {
            return Err(already_exists("uq_coupons_code"));
        }
        self.write().coupons.insert(coupon.id, coupon.clone());
        Ok(())
    }

    async fn find(&mut self, id: CouponId) -> Result<Option<Coupon>, StoreError> {
        Ok(self.tables().coupons.get(&id).cloned())
    }

    async fn update(&mut self, coupon: &Coupon) -> Result<(), StoreError> {
        let stored = self.write().coupons.get_mut(&coupon.id).ok_or(StoreError::Conflict)?;
        let is_overused = coupon.terms.total_limit.is_some_and(|limit| stored.used > limit);
        if stored.version != coupon.version - 1 || is_overused {
            return Err(StoreError::Conflict);
        }
        *stored = Coupon { used: stored.used, ..coupon.clone() };
        Ok(())
    }

    async fn redeem(&mut self, coupon: &Coupon, customer: UserId) -> Result<bool, StoreError> {
        let held = held_by(self.tables(), coupon.id, customer);
        let Some(stored) = self.write().coupons.get_mut(&coupon.id) else { return Ok(false) };
        if stored.version != coupon.version || !has_left(stored) {
            return Ok(false);
        }
        stored.used += 1;
        Ok(coupon.terms.user_limit.is_none_or(|limit| held < limit))
    }

    async fn release(&mut self, order: &Order, now: OffsetDateTime) -> Result<(), StoreError> {
        let tables = self.write();
        let Some(row) = tables.redemptions.get_mut(&order.id()) else { return Ok(()) };
        if row.released_at.is_none() {
            row.released_at = Some(now);
            if let Some(coupon) = tables.coupons.get_mut(&row.coupon) {
                coupon.used = coupon.used.saturating_sub(1);
            }
        }
        Ok(())
    }

    async fn take_again(&mut self, order: &Order) -> Result<(), StoreError> {
        let tables = self.write();
        let Some(row) = tables.redemptions.get_mut(&order.id()) else { return Ok(()) };
        let coupon = tables.coupons.get_mut(&row.coupon).filter(|coupon| has_left(coupon));
        if let (Some(coupon), Some(_)) = (coupon, row.released_at) {
            coupon.used += 1;
            row.released_at = None;
        }
        Ok(())
    }
}

/// [`CouponReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = CouponReads)]
pub struct MemoryCouponReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryCouponReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl CouponReads for MemoryCouponReads {
    async fn in_hand(
        &self,
        code: &PromoCode,
        customer: UserId,
    ) -> Result<Option<CouponInHand>, StoreError> {
        let tables = self.state.lock();
        let found = tables.coupons.values().find(|coupon| coupon.code == *code);
        Ok(found.map(|coupon| CouponInHand {
            coupon: coupon.clone(),
            used_by_customer: held_by(&tables, coupon.id, customer),
        }))
    }

    async fn coupon(&self, id: CouponId) -> Result<Option<Coupon>, StoreError> {
        Ok(self.state.lock().coupons.get(&id).cloned())
    }

    async fn coupons(&self, window: Window) -> Result<Page<Coupon>, StoreError> {
        let newest = self.state.lock().coupons.values().rev().cloned().collect();
        Ok(page::cut(newest, |coupon: &Coupon| coupon.id.raw(), window))
    }
}
