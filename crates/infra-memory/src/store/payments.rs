use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::OrderId,
    payments::{
        OperationRepository, Payment, PaymentId, PaymentReads, PaymentRepository, PaymentView,
        PaymentsUnitOfWork, ProviderName, ProviderNotice, Refund, RefundId, RefundRepository,
        RefundStatus, Takings,
    },
    shared::{
        error::StoreError,
        money::{Money, MoneyError},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{
    MemoryState, MemoryUnitOfWork,
    state::{PaymentRow, Tables},
    unit_of_work::already_exists,
};

/// A message about a payment nobody knew, and when it came.
type Parked = (ProviderName, ProviderNotice, OffsetDateTime);

impl PaymentsUnitOfWork for MemoryUnitOfWork {
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

impl MemoryUnitOfWork {
    fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let (id, order) = (payment.id(), payment.order());
        let rivals = |row: &&PaymentRow| row.new.id != id && row.new.order == order;
        let mut others = self.tables().payments.values().filter(rivals);
        if payment.status().is_active() && others.any(|row| row.status.is_active()) {
            return Err(already_exists("uq_payments_active_order"));
        }
        let name = &payment.state().provider_payment_id;
        let same_name = |row: &PaymentRow| {
            row.new.id != id
                && row.new.provider == payment.provider()
                && row.state.provider_payment_id == *name
        };
        if name.is_some() && self.tables().payments.values().any(same_name) {
            return Err(already_exists("uq_payments_provider_payment"));
        }
        let row = self.write().payments.entry(id).or_insert_with(|| PaymentRow {
            new: domain::payments::NewPayment {
                id,
                order,
                provider: payment.provider(),
                amount: payment.amount(),
                capture: payment.capture(),
            },
            status: payment.status(),
            state: payment.state().clone(),
            facts: std::collections::BTreeMap::new(),
            created_at: payment.created_at(),
        });
        row.status = payment.status();
        row.state = payment.state().clone();
        for fact in payment.fresh_facts() {
            row.facts.entry(fact.key.clone()).or_insert_with(|| fact.clone());
        }
        self.record(payment.events())
    }
}

fn takings(tables: &Tables, of: &Payment) -> Result<Takings, MoneyError> {
    let mut takings = Takings::none(of.amount().currency);
    let others = tables.payments.values().map(PaymentRow::restore);
    for other in others.filter(|other| other.order() == of.order() && other.id() != of.id()) {
        takings = takings.with(&other)?;
    }
    let scheduled = tables
        .refunds
        .values()
        .filter(|refund| refund.order == of.order() && refund.status == RefundStatus::Scheduled);
    for refund in scheduled {
        takings.refunding = takings.refunding.plus(refund.amount)?;
    }
    Ok(takings)
}

#[async_trait]
impl PaymentRepository for MemoryUnitOfWork {
    async fn insert(&mut self, payment: &Payment) -> Result<(), StoreError> {
        if self.tables().payments.contains_key(&payment.id()) {
            return Err(already_exists("pk_payments"));
        }
        self.put_payment(payment)
    }

    async fn find(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        Ok(self.tables().payments.get(&id).map(PaymentRow::restore))
    }

    async fn find_at_provider(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Option<(Payment, Takings)>, StoreError> {
        let tables = self.tables();
        let named = |row: &&PaymentRow| {
            row.new.provider == provider
                && row.state.provider_payment_id.as_deref() == Some(provider_payment_id)
        };
        let Some(row) = tables.payments.values().find(named) else { return Ok(None) };
        let payment = row.restore();
        let takings = takings(tables, &payment)
            .map_err(|error: MoneyError| StoreError::Corrupt(error.to_string()))?;
        Ok(Some((payment, takings)))
    }

    async fn active_of(&mut self, order: OrderId) -> Result<Option<Payment>, StoreError> {
        let active = |row: &&PaymentRow| row.new.order == order && row.status.is_active();
        Ok(self.tables().payments.values().find(active).map(PaymentRow::restore))
    }

    async fn taken_for(&mut self, order: OrderId) -> Result<Vec<(Payment, Money)>, StoreError> {
        let tables = self.tables();
        let took = |row: &&PaymentRow| row.new.order == order && row.state.captured.minor > 0;
        let mut taken: Vec<_> =
            tables.payments.values().filter(took).map(PaymentRow::restore).collect();
        taken.sort_by_key(|payment| (payment.created_at(), payment.id()));
        let refunding = |payment: &Payment| {
            let scheduled = tables.refunds.values().filter(|refund| {
                refund.payment == payment.id() && refund.status == RefundStatus::Scheduled
            });
            let minor = scheduled.map(|refund| refund.amount.minor).sum();
            Money::new(minor, payment.amount().currency)
        };
        Ok(taken.into_iter().map(|payment| (payment.clone(), refunding(&payment))).collect())
    }

    async fn update(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let version = self.tables().payments.get(&payment.id()).map(|row| row.state.version);
        if version != Some(payment.stored_version()) {
            return Err(StoreError::Conflict);
        }
        self.put_payment(payment)
    }

    async fn note_provider_event(
        &mut self,
        provider: ProviderName,
        event_id: &str,
        _payment: PaymentId,
        _now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        Ok(self.write().provider_events.insert((provider, event_id.to_owned())))
    }

    async fn park(
        &mut self,
        provider: ProviderName,
        notice: &ProviderNotice,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let waits =
            |row: &PaymentRow| row.new.provider == provider && row.restore().is_unanswered();
        if !self.tables().payments.values().any(waits) {
            return Ok(false);
        }
        let same =
            |(other, parked, _): &Parked| *other == provider && parked.event_id == notice.event_id;
        if !self.tables().parked_events.iter().any(same) {
            self.write().parked_events.push((provider, notice.clone(), now));
        }
        Ok(true)
    }

    async fn unpark(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Vec<ProviderNotice>, StoreError> {
        let named = |(other, parked, _): &Parked| {
            *other == provider && parked.provider_payment_id == provider_payment_id
        };
        let parked = self.tables().parked_events.iter().filter(|event| named(event)).cloned();
        let parked: Vec<_> = parked.map(|(_, notice, _)| notice).collect();
        if !parked.is_empty() {
            self.write().parked_events.retain(|event| !named(event));
        }
        Ok(parked)
    }

    async fn drop_parked(
        &mut self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError> {
        let tables = self.tables();
        let is_lost = |(provider, notice, came): &&Parked| {
            let may_be_its = |row: &PaymentRow| {
                let name = row.state.provider_payment_id.as_ref();
                row.new.provider == *provider
                    && (name == Some(&notice.provider_payment_id)
                        || row.restore().is_unanswered() && row.restore().created_at() <= *came)
            };
            *came < before && !tables.payments.values().any(may_be_its)
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let lost: Vec<_> =
            tables.parked_events.iter().filter(is_lost).take(limit).cloned().collect();
        if !lost.is_empty() {
            self.write().parked_events.retain(|parked| !lost.contains(parked));
        }
        Ok(lost.into_iter().map(|(provider, notice, _)| (provider, notice)).collect())
    }
}

#[async_trait]
impl RefundRepository for MemoryUnitOfWork {
    async fn insert(&mut self, refund: &Refund) -> Result<(), StoreError> {
        if self.write().refunds.insert(refund.id, refund.clone()).is_some() {
            return Err(already_exists("pk_refunds"));
        }
        Ok(())
    }

    async fn find(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        Ok(self.tables().refunds.get(&id).cloned())
    }

    async fn update(&mut self, refund: &Refund, _now: OffsetDateTime) -> Result<(), StoreError> {
        if let Some(stored) = self.write().refunds.get_mut(&refund.id) {
            *stored = refund.clone();
        }
        Ok(())
    }
}

/// [`PaymentReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = PaymentReads)]
pub struct MemoryPaymentReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryPaymentReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn is_of(tables: &Tables, order: OrderId, owner: Option<UserId>) -> bool {
    let customer = tables.orders.get(&order).map(domain::ordering::Order::customer);
    owner.is_none() || customer == owner
}

#[async_trait]
impl PaymentReads for MemoryPaymentReads {
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError> {
        let tables = self.state.lock();
        let row = tables.payments.get(&id).filter(|row| is_of(&tables, row.new.order, owner));
        Ok(row.map(|row| PaymentView::from(&row.restore())))
    }

    async fn payments_of(
        &self,
        order: OrderId,
        owner: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError> {
        let tables = self.state.lock();
        let mut rows: Vec<_> = tables
            .payments
            .values()
            .filter(|row| row.new.order == order && is_of(&tables, order, owner))
            .collect();
        rows.sort_by_key(|row| (row.created_at, row.new.id));
        Ok(rows.into_iter().map(|row| PaymentView::from(&row.restore())).collect())
    }

    async fn payments_by(&self, customer: UserId) -> Result<Vec<PaymentView>, StoreError> {
        let tables = self.state.lock();
        let owned = |row: &&PaymentRow| is_of(&tables, row.new.order, Some(customer));
        let mut rows: Vec<_> = tables.payments.values().filter(owned).collect();
        rows.sort_by_key(|row| (row.created_at, row.new.id));
        Ok(rows.into_iter().map(|row| PaymentView::from(&row.restore())).collect())
    }
}
