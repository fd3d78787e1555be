//! Promo codes.

use super::*;

pub fn coupon(terms: CouponTerms) -> Coupon {
    Coupon {
        id: CouponId::new(Uuid::from_u128(70)),
        code: PromoCode::parse("TEA-10").unwrap(),
        terms,
        used: 3,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn ten_percent() -> CouponTerms {
    CouponTerms {
        discount: Discount::Percent(1_000),
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: Some(10),
        user_limit: None,
        is_active: true,
    }
}

#[async_trait]
impl CreateCoupon for Stub {
    async fn execute(
        &self,
        command: CreateCouponCommand,
    ) -> Result<Outcome<Coupon>, WriteCouponError> {
        if command.code.as_str() == "TAKEN" {
            return Err(WriteCouponError::CodeTaken);
        }
        let id = CouponId::new(Uuid::from_u128(70));
        Ok(Outcome::Done(Coupon::create(id, command.code, command.terms, NOW)?))
    }
}

#[async_trait]
impl EditCoupon for Stub {
    async fn execute(&self, command: EditCouponCommand) -> Result<Coupon, WriteCouponError> {
        if command.coupon.raw() == UNKNOWN {
            return Err(WriteCouponError::NotFound);
        }
        let mut coupon = coupon(ten_percent());
        coupon.edit(command.change.over(coupon.terms), NOW)?;
        Ok(coupon)
    }
}

#[async_trait]
impl CouponReads for Stub {
    async fn in_hand(&self, _: &PromoCode, _: UserId) -> Result<Option<CouponInHand>, StoreError> {
        Ok(Some(CouponInHand { coupon: coupon(ten_percent()), used_by_customer: 0 }))
    }
    async fn coupon(&self, id: CouponId) -> Result<Option<Coupon>, StoreError> {
        Ok((id.raw() != UNKNOWN).then(|| coupon(ten_percent())))
    }
    async fn coupons(&self, _: Window) -> Result<Page<Coupon>, StoreError> {
        Ok(Page { items: vec![coupon(ten_percent())], total: Some(1), next: None })
    }
}
