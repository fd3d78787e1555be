//! Orders with their lines and timeline.

mod coupon_rows;
mod coupons;
mod mapping;
mod offers;
mod orders;
mod reads;

use async_trait::async_trait;
use domain::{
    inventory::StockRepository,
    ordering::{CouponRepository, OrderRepository, OrderingStore, OrderingUnitOfWork},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::coupons::{SeaCouponReads, SeaCouponReadsParameters};
pub use self::reads::{SeaOrderReads, SeaOrderReadsParameters};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Writes orders to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = OrderingStore)]
pub struct SeaOrderingStore {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl OrderingStore for SeaOrderingStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl OrderingUnitOfWork for SeaUnitOfWork {
    fn orders(&mut self) -> &mut dyn OrderRepository {
        self
    }

    fn stock(&mut self) -> &mut dyn StockRepository {
        self
    }

    fn coupons(&mut self) -> &mut dyn CouponRepository {
        self
    }
}
