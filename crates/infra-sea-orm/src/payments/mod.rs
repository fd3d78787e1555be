//! Attempts to pay, what providers reported about them, and refunds.

mod attempts;
mod lock;
mod mapping;
mod reads;
mod refunds;

use async_trait::async_trait;
use domain::{
    payments::{PaymentRepository, PaymentsStore, PaymentsUnitOfWork, RefundRepository},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::reads::{SeaPaymentReads, SeaPaymentReadsParameters};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Writes payments, and the orders they are for, to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = PaymentsStore)]
pub struct SeaPaymentsStore {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl PaymentsStore for SeaPaymentsStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl PaymentsUnitOfWork for SeaUnitOfWork {
    fn payments(&mut self) -> &mut dyn PaymentRepository {
        self
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self
    }
}

/// Condition that a payment of the order is in flight: an attempt that may still take money and
/// that moved after `$since`, which is `AttemptStatus::ABANDONED_AFTER` ago. Money that still comes
/// of an older one finds its order expired and is settled like any late money.
macro_rules! in_flight {
    ($order:literal, $since:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM payments attempt WHERE attempt.order_id = ",
            $order,
            " AND attempt.status IN ('created', 'pending', 'requires_action', 'authorized')",
            " AND attempt.updated_at > ",
            $since,
            ")",
        )
    };
}
pub(crate) use in_flight;
