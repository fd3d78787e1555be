//! Attempts to pay, what providers reported about them, and refunds.

mod attempts;
mod lock;
mod mapping;
mod mock_books;
mod operations;
mod parked;
mod reads;
mod refunds;
mod unresolved;

use async_trait::async_trait;
use domain::{
    payments::{
        OperationRepository, PaymentRepository, PaymentsStore, PaymentsUnitOfWork, RefundRepository,
    },
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::{
    mock_books::{SeaMockBooks, SeaMockBooksParameters},
    reads::{SeaPaymentReads, SeaPaymentReadsParameters},
    unresolved::{SeaUnresolvedPayments, SeaUnresolvedPaymentsParameters},
};
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

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self
    }
}

/// Condition that a payment of the order is in flight: an attempt that may still take money and
/// that moved after `$since`, which is `AttemptStatus::ABANDONED_AFTER` ago. What is set aside is
/// never abandoned: the customer has agreed, and the next step is ours. Money that still comes of
/// an older one finds its order expired and is settled like any late money.
macro_rules! in_flight {
    ($order:literal, $since:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM payments attempt WHERE attempt.order_id = ",
            $order,
            " AND attempt.status IN ('created', 'pending', 'requires_action', 'authorized')",
            " AND (attempt.status = 'authorized' OR attempt.updated_at > ",
            $since,
            "))",
        )
    };
}
pub(crate) use in_flight;
