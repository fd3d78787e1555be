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

use super::coupon_rows::{coupon, coupon_columns, terms};
use crate::{
    connect::Database,
    paging::{Bounds, page},
    row::{get_count, micros},
    sql::Sql,
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CouponRepository for SeaUnitOfWork {
    async fn insert(&mut self, coupon: &Coupon) -> Result<(), StoreError> {
        let mut values = terms(&coupon.terms).to_vec();
        values.extend(values![
            coupon.id.raw(),
            coupon.code.as_str(),
            i64::from(coupon.used),
            coupon.version,
            micros(coupon.created_at),
            micros(coupon.updated_at),
        ]);
        self.execute(INSERT, values).await.map(drop)
    }

    async fn find(&mut self, id: CouponId) -> Result<Option<Coupon>, StoreError> {
        let row = self.fetch_first(ONE, values![id.raw()].to_vec()).await?;
        row.as_ref().map(coupon).transpose()
    }

    async fn update(&mut self, coupon: &Coupon) -> Result<(), StoreError> {
        let mut values = terms(&coupon.terms).to_vec();
        values.extend(values![
            coupon.version,
            micros(coupon.updated_at),
            coupon.id.raw(),
            coupon.version - 1,
        ]);
        match self.execute(UPDATE, values).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn redeem(&mut self, coupon: &Coupon, customer: UserId) -> Result<bool, StoreError> {
        let id = coupon.id.raw();
        if self.execute(REDEEM, values![id, coupon.version].to_vec()).await? == 0 {
            return Ok(false);
        }
        let Some(limit) = coupon.terms.user_limit else { return Ok(true) };
        // The coupon is locked now: nobody else's redemption can come between.
        let held = self.fetch_first(HELD_BY, values![id, customer.raw()].to_vec()).await?;
        let held = held.map_or(Ok(0), |row| get_count::<u32>(&row, "held"))?;
        Ok(held < limit)
    }

    async fn release(&mut self, order: &Order, now: OffsetDateTime) -> Result<(), StoreError> {
        let Some(coupon) = &order.price().coupon else { return Ok(()) };
        let released = values![micros(now), order.id().raw()].to_vec();
        if self.execute(RELEASE, released).await? == 0 {
            return Ok(());
        }
        self.execute(GIVE_BACK, values![coupon.id.raw()].to_vec()).await.map(drop)
    }

    async fn take_again(&mut self, order: &Order) -> Result<(), StoreError> {
        let Some(coupon) = &order.price().coupon else { return Ok(()) };
        let values = values![coupon.id.raw(), order.id().raw()].to_vec();
        if self.execute(TAKE_AGAIN, values).await? == 0 {
            return Ok(());
        }
        self.execute(HOLD_AGAIN, values![order.id().raw()].to_vec()).await.map(drop)
    }
}

/// Reads coupons from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = CouponReads)]
pub struct SeaCouponReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl CouponReads for SeaCouponReads {
    async fn in_hand(
        &self,
        code: &PromoCode,
        customer: UserId,
    ) -> Result<Option<CouponInHand>, StoreError> {
        let values = values![code.as_str(), customer.raw()].to_vec();
        let Some(row) = self.db.fetch_first(IN_HAND, values).await? else { return Ok(None) };
        let used_by_customer = get_count(&row, "used_by_customer")?;
        Ok(Some(CouponInHand { coupon: coupon(&row)?, used_by_customer }))
    }

    async fn coupon(&self, id: CouponId) -> Result<Option<Coupon>, StoreError> {
        let row = self.db.fetch_first(ONE, values![id.raw()].to_vec()).await?;
        row.as_ref().map(coupon).transpose()
    }

    async fn coupons(&self, window: Window) -> Result<Page<Coupon>, StoreError> {
        let Bounds { after, limit, offset } = Bounds::of(window);
        let rows = self.db.fetch(NEWEST, values![after, limit, offset].to_vec()).await?;
        let found = rows.iter().map(coupon).collect::<Result<_, _>>()?;
        let total = match window {
            Window::Offset { .. } => Some((COUNT, Vec::new())),
            Window::After { .. } => None,
        };
        page(&self.db, window, found, |coupon: &Coupon| coupon.id.raw(), total).await
    }
}

const INSERT: &str = "INSERT INTO coupons (percent, amount, minimum, currency, starts_at, ends_at, \
    total_limit, user_limit, is_active, id, code, used, version, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

const UPDATE: &str = "UPDATE coupons SET percent = $1, amount = $2, minimum = $3, currency = $4, \
    starts_at = $5, ends_at = $6, total_limit = $7, user_limit = $8, is_active = $9, \
    version = $10, updated_at = $11 WHERE id = $12 AND version = $13 \
    AND ($7 IS NULL OR used <= $7)";

const REDEEM: &str = "UPDATE coupons SET used = used + 1 WHERE id = $1 AND version = $2 \
    AND (total_limit IS NULL OR used < total_limit)";

const HELD_BY: &str = "SELECT COUNT(*) AS held FROM coupon_redemptions \
    WHERE coupon_id = $1 AND user_id = $2 AND released_at IS NULL";

const RELEASE: &str = "UPDATE coupon_redemptions SET released_at = $1 \
    WHERE order_id = $2 AND released_at IS NULL";

const GIVE_BACK: &str = "UPDATE coupons SET used = used - 1 WHERE id = $1";

const TAKE_AGAIN: &str = "UPDATE coupons SET used = used + 1 WHERE id = $1 \
    AND (total_limit IS NULL OR used < total_limit) AND EXISTS (SELECT 1 FROM coupon_redemptions \
    WHERE order_id = $2 AND released_at IS NOT NULL)";

const HOLD_AGAIN: &str = "UPDATE coupon_redemptions SET released_at = NULL WHERE order_id = $1";

const ONE: &str = concat!("SELECT ", coupon_columns!(), " FROM coupons c WHERE c.id = $1");

const IN_HAND: &str = concat!(
    "SELECT ",
    coupon_columns!(),
    ", (SELECT COUNT(*) FROM coupon_redemptions r WHERE r.coupon_id = c.id AND r.user_id = $2 \
     AND r.released_at IS NULL) AS used_by_customer FROM coupons c WHERE c.code = $1",
);

const NEWEST: &str = concat!(
    "SELECT ",
    coupon_columns!(),
    " FROM coupons c WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2 OFFSET $3",
);

const COUNT: &str = "SELECT COUNT(*) AS total FROM coupons";
