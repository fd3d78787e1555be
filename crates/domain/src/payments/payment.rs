use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{
    AttemptStatus, CaptureMode, Fact, FactKind, PaymentActionRequired, PaymentAuthorized,
    PaymentCanceled, PaymentConflicted, PaymentFailed, PaymentPending, PaymentRequested,
    PaymentSucceeded, ProviderName, Refund, RefundId, RefundStatus,
};
use crate::{
    ordering::OrderId,
    shared::{
        event::{AggregateType, DomainEvent, NewEvent, Stamp},
        money::Money,
    },
    typed_id,
};

typed_id!(
    /// Identity of one attempt to pay an order; also the idempotency key given to the provider.
    PaymentId
);

/// What an attempt is made from.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// Identity.
    pub id: PaymentId,
    /// What is paid.
    pub order: OrderId,
    /// Who moves the money.
    pub provider: ProviderName,
    /// How much.
    pub amount: Money,
    /// When it is taken.
    pub capture: CaptureMode,
}

/// The part of an attempt that changes, besides its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentState {
    /// The provider's own name for it, once it answered.
    pub provider_payment_id: Option<String>,
    /// Where the customer pays.
    pub checkout_url: Option<String>,
    /// Set aside, by the facts.
    pub authorized: Money,
    /// Taken, by the facts.
    pub captured: Money,
    /// Given back, by the facts.
    pub refunded: Money,
    /// Grows by one with each recorded event.
    pub version: i64,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// One attempt to pay an order. Its state is a pure fold over the set of facts the provider
/// reported: neither their order nor repetition matters.
#[derive(Clone, Debug)]
pub struct Payment {
    new: NewPayment,
    status: AttemptStatus,
    state: PaymentState,
    facts: BTreeMap<String, Fact>,
    fresh: Vec<Fact>,
    created_at: OffsetDateTime,
    events: Vec<NewEvent>,
}

impl Payment {
    /// Begins an attempt and records it, before the provider is asked.
    pub fn request(new: NewPayment, stamp: Stamp) -> Self {
        let zero = Money::zero(new.amount.currency);
        let mut payment = Self {
            status: AttemptStatus::Created,
            state: PaymentState {
                provider_payment_id: None,
                checkout_url: None,
                authorized: zero,
                captured: zero,
                refunded: zero,
                version: 0,
                updated_at: stamp.at,
            },
            facts: BTreeMap::new(),
            fresh: Vec::new(),
            created_at: stamp.at,
            events: Vec::new(),
            new,
        };
        let (payment_id, order_id) = (payment.new.id, payment.new.order);
        let amount = payment.new.amount;
        payment.record(PaymentRequested { payment_id, order_id, amount }.into(), stamp);
        payment
    }

    /// An attempt read back from the store.
    pub fn restore(
        new: NewPayment,
        status: AttemptStatus,
        state: PaymentState,
        facts: impl IntoIterator<Item = Fact>,
        created_at: OffsetDateTime,
    ) -> Self {
        let facts = facts.into_iter().map(|fact| (fact.key.clone(), fact)).collect();
        Self { new, status, state, facts, fresh: Vec::new(), created_at, events: Vec::new() }
    }

    /// Notes the provider's answer to the request. Repeating it changes nothing.
    pub fn note_created(&mut self, provider_payment_id: String, checkout_url: Option<String>) {
        self.state.provider_payment_id.get_or_insert(provider_payment_id);
        if self.state.checkout_url.is_none() {
            self.state.checkout_url = checkout_url;
        }
    }

    /// Adds what the provider reported. A fact that is known already changes nothing; an amount or
    /// currency other than asked for makes the attempt conflicted.
    pub fn learn(&mut self, fact: Fact, stamp: Stamp) {
        let fact = self.checked(fact);
        if self.facts.contains_key(&fact.key) {
            return;
        }
        self.facts.insert(fact.key.clone(), fact.clone());
        self.fresh.push(fact);
        self.state.authorized = self.sum(FactKind::Authorized);
        self.state.captured = self.sum(FactKind::Captured);
        self.state.refunded = self.sum(FactKind::Refunded);
        // A capture without an authorisation of its own authorised itself.
        if self.state.authorized.minor < self.state.captured.minor {
            self.state.authorized = self.state.captured;
        }
        self.state.updated_at = stamp.at;
        let status = self.fold();
        if status != self.status {
            self.status = status;
            if let Some(event) = self.arrival() {
                self.record(event, stamp);
            }
        }
    }

    /// Money facts must be about the amount that was asked for; a refund may be part of it.
    fn checked(&self, fact: Fact) -> Fact {
        let asked = self.new.amount;
        let is_wrong = match fact.kind {
            FactKind::Authorized | FactKind::Captured => fact.amount != asked,
            FactKind::Refunded => fact.amount.currency != asked.currency,
            _ => false,
        };
        if !is_wrong {
            return fact;
        }
        let reason = Some(format!("{} {} {}", fact.kind, fact.amount, fact.amount.currency));
        let key = format!("mismatch:{}", fact.key);
        Fact { key, kind: FactKind::Mismatch, amount: asked, reason, at: fact.at }
    }

    fn fold(&self) -> AttemptStatus {
        self.facts
            .values()
            .filter_map(|fact| fact.kind.leads_to())
            .max_by_key(|status| status.weight())
            .unwrap_or(AttemptStatus::Created)
    }

    fn sum(&self, kind: FactKind) -> Money {
        let minor = self
            .facts
            .values()
            .filter(|fact| fact.kind == kind)
            .fold(0_i64, |sum, fact| sum.saturating_add(fact.amount.minor));
        Money::new(minor, self.new.amount.currency)
    }

    /// Decides that `amount` goes back, and records it; the worker asks the provider.
    pub fn schedule_refund(&mut self, id: RefundId, amount: Money, stamp: Stamp) -> Refund {
        let refund = Refund {
            id,
            payment: self.new.id,
            order: self.new.order,
            amount,
            status: RefundStatus::Scheduled,
            created_at: stamp.at,
        };
        self.record(refund.event(), stamp);
        refund
    }

    /// Notes what the provider did about a refund, and records it once.
    pub fn settle_refund(&mut self, refund: &mut Refund, status: RefundStatus, stamp: Stamp) {
        if refund.status != RefundStatus::Scheduled || status == RefundStatus::Scheduled {
            return;
        }
        refund.status = status;
        if status == RefundStatus::Succeeded {
            let key = format!("refunded:{}", refund.id);
            let (kind, amount) = (FactKind::Refunded, refund.amount);
            self.learn(Fact { key, kind, amount, reason: None, at: stamp.at }, stamp);
        }
        self.record(refund.event(), stamp);
    }

    fn arrival(&self) -> Option<DomainEvent> {
        let (payment_id, order_id) = (self.new.id, self.new.order);
        Some(match self.status {
            AttemptStatus::Created => return None,
            AttemptStatus::Pending => PaymentPending { payment_id, order_id }.into(),
            AttemptStatus::RequiresAction => PaymentActionRequired { payment_id, order_id }.into(),
            AttemptStatus::Authorized => PaymentAuthorized { payment_id, order_id }.into(),
            AttemptStatus::Succeeded => {
                PaymentSucceeded { payment_id, order_id, captured: self.state.captured }.into()
            }
            AttemptStatus::Failed | AttemptStatus::Expired => {
                PaymentFailed { payment_id, order_id }.into()
            }
            AttemptStatus::Canceled => PaymentCanceled { payment_id, order_id }.into(),
            AttemptStatus::Conflicted => PaymentConflicted { payment_id, order_id }.into(),
        })
    }

    fn record(&mut self, event: DomainEvent, stamp: Stamp) {
        self.state.version += 1;
        self.state.updated_at = stamp.at;
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Payment,
            aggregate_id: self.new.id.raw(),
            aggregate_version: self.state.version,
            occurred_at: stamp.at,
            event,
        });
    }

    /// Identity.
    pub const fn id(&self) -> PaymentId {
        self.new.id
    }

    /// What is paid.
    pub const fn order(&self) -> OrderId {
        self.new.order
    }

    /// Who moves the money.
    pub const fn provider(&self) -> ProviderName {
        self.new.provider
    }

    /// How much is asked for.
    pub const fn amount(&self) -> Money {
        self.new.amount
    }

    /// When it is taken.
    pub const fn capture(&self) -> CaptureMode {
        self.new.capture
    }

    /// Whether the provider's answer to the request was lost, or never came.
    pub fn is_unanswered(&self) -> bool {
        self.status == AttemptStatus::Created && self.state.provider_payment_id.is_none()
    }

    /// The fold of the facts.
    pub const fn status(&self) -> AttemptStatus {
        self.status
    }

    /// The part that changes.
    pub const fn state(&self) -> &PaymentState {
        &self.state
    }

    /// When it began.
    pub const fn created_at(&self) -> OffsetDateTime {
        self.created_at
    }

    /// Why the provider said no, if it did and gave a reason.
    pub fn fail_reason(&self) -> Option<&str> {
        let failed = |fact: &&Fact| matches!(fact.kind, FactKind::Failed | FactKind::Mismatch);
        self.facts.values().filter(failed).find_map(|fact| fact.reason.as_deref())
    }

    /// Whether something set aside was let go.
    pub fn was_voided(&self) -> bool {
        self.state.authorized.minor > 0 && self.status == AttemptStatus::Canceled
    }

    /// Whether a bank disputes it.
    pub fn is_disputed(&self) -> bool {
        self.facts.values().any(|fact| fact.kind == FactKind::Disputed)
    }

    /// Facts learnt and not stored yet.
    pub fn fresh_facts(&self) -> &[Fact] {
        &self.fresh
    }

    /// Events recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// Version the store has.
    pub fn stored_version(&self) -> i64 {
        let unseen = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        self.state.version.saturating_sub(unseen)
    }
}
