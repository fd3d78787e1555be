use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    audit::{AuditHead, AuditRecord},
    catalogue::{Category, CategoryId, Product, ProductId, VariantId},
    content::{Post, PostId},
    identity::{
        ApiKey, ApiKeyId, EmailRequest, EmailRequestId, EmailToken, EmailTokenId, Session,
        SessionId, User, UserId,
    },
    inventory::{MovementId, MovementKind, StockCounters, StockLevelId},
    messaging::{DeadLetter, Mail, MailId, Task, TaskId},
    operations::JobState,
    ordering::{Coupon, CouponId, Order, OrderId, TimelineView},
    payments::{
        AttemptStatus, Fact, MockEntry, NewPayment, Operation, OperationId, Payment, PaymentId,
        PaymentState, ProviderName, ProviderNotice, Refund, RefundId,
    },
    shared::{
        event::{EventEnvelope, EventId},
        id::RawId,
        idempotency::StoredResponse,
    },
};
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::RedemptionRow;

/// Stock of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockLevelRow {
    /// Of what.
    pub variant: VariantId,
    /// Units that are there.
    pub on_hand: i64,
    /// Units promised to pending orders.
    pub reserved: i64,
    /// Units that were paid for.
    pub allocated: i64,
    /// Units that may be sold beyond what is there.
    pub backorder_limit: i64,
    /// When staff is told.
    pub low_stock_threshold: Option<i64>,
    /// Number of its events.
    pub events: i64,
}

impl StockLevelRow {
    /// Of `variant`, standing at `counters`, without events.
    pub const fn new(variant: VariantId, counters: StockCounters) -> Self {
        let StockCounters { on_hand, reserved, allocated, backorder_limit, low_stock_threshold } =
            counters;
        let events = 0;
        Self { variant, on_hand, reserved, allocated, backorder_limit, low_stock_threshold, events }
    }

    /// How it stands.
    pub const fn counters(&self) -> StockCounters {
        let Self { on_hand, reserved, allocated, backorder_limit, low_stock_threshold, .. } = *self;
        StockCounters { on_hand, reserved, allocated, backorder_limit, low_stock_threshold }
    }

    /// Units that can be bought now.
    pub const fn available(&self) -> i64 {
        self.counters().available()
    }
}

/// One change of a stock level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Identity.
    pub id: MovementId,
    /// Which level.
    pub level: StockLevelId,
    /// Why.
    pub kind: MovementKind,
    /// Units that came or went.
    pub on_hand: i64,
    /// Units that were promised, or not any more.
    pub reserved: i64,
    /// Units that were paid for, or not any more.
    pub allocated: i64,
    /// For which order.
    pub order: Option<OrderId>,
    /// What a person said.
    pub reason: Option<String>,
    /// When; opening stock has the time of its product.
    pub at: OffsetDateTime,
}

/// An attempt to pay as stored.
#[derive(Clone, Debug)]
pub struct PaymentRow {
    /// What never changes.
    pub new: NewPayment,
    /// The fold of the facts.
    pub status: AttemptStatus,
    /// What changes.
    pub state: PaymentState,
    /// What the provider reported, by key.
    pub facts: BTreeMap<String, Fact>,
    /// When it began.
    pub created_at: OffsetDateTime,
}

impl PaymentRow {
    /// The attempt.
    pub fn restore(&self) -> Payment {
        let facts = self.facts.values().cloned();
        Payment::restore(self.new.clone(), self.status, self.state.clone(), facts, self.created_at)
    }
}

/// An event as stored.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    /// The event.
    pub event: EventEnvelope,
    /// Until when a relay has it.
    pub claimed_until: Option<OffsetDateTime>,
    /// When the bus took it.
    pub published_at: Option<OffsetDateTime>,
}

/// An idempotency key as stored.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// SHA-256 of what was asked for.
    pub fingerprint: [u8; 32],
    /// What was begun.
    pub resource: RawId,
    /// What was answered.
    pub answer: Option<StoredResponse>,
}

/// A mail as stored.
#[derive(Clone, Debug)]
pub struct MailRow {
    /// The mail.
    pub mail: Mail,
    /// Failed attempts to send it.
    pub attempts: u32,
    /// When it is due; never again when `None`.
    pub due_at: Option<OffsetDateTime>,
    /// Until when a sender has it.
    pub claimed_until: Option<OffsetDateTime>,
    /// When it left.
    pub sent_at: Option<OffsetDateTime>,
    /// Why it did not leave.
    pub last_error: Option<String>,
}

/// Everything the stores remember.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Bumped by every commit.
    pub version: u64,
    /// People.
    pub users: BTreeMap<UserId, User>,
    /// Sessions.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Live keys for programs, with the hash of each secret.
    pub api_keys: BTreeMap<ApiKeyId, (ApiKey, [u8; 32])>,
    /// Requests for mails with tokens that nobody decided on yet.
    pub email_requests: BTreeMap<EmailRequestId, EmailRequest>,
    /// Mailed tokens.
    pub email_tokens: BTreeMap<EmailTokenId, EmailToken>,
    /// Categories, in order of insertion.
    pub categories: Vec<Category>,
    /// Products.
    pub products: BTreeMap<ProductId, Product>,
    /// What people wrote.
    pub posts: BTreeMap<PostId, Post>,
    /// Stock levels.
    pub stock: BTreeMap<StockLevelId, StockLevelRow>,
    /// Changes of stock levels, oldest first.
    pub movements: Vec<Movement>,
    /// Orders.
    pub orders: BTreeMap<OrderId, Order>,
    /// Steps of orders, oldest first.
    pub timelines: BTreeMap<OrderId, Vec<TimelineView>>,
    /// Coupons.
    pub coupons: BTreeMap<CouponId, Coupon>,
    /// Which order has which coupon.
    pub redemptions: BTreeMap<OrderId, RedemptionRow>,
    /// Attempts to pay.
    pub payments: BTreeMap<PaymentId, PaymentRow>,
    /// Refunds.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// Messages of providers.
    pub provider_events: BTreeSet<(ProviderName, String)>,
    /// Messages about payments nobody knew, oldest first, with when they came.
    pub parked_events: Vec<(ProviderName, ProviderNotice, OffsetDateTime)>,
    /// Captures and voids.
    pub operations: BTreeMap<OperationId, Operation>,
    /// How often the reconciler asked about something, and when it asks next.
    pub checks: BTreeMap<RawId, (i64, OffsetDateTime)>,
    /// The books of the mock provider.
    pub mock_entries: BTreeMap<String, MockEntry>,
    /// Events by position.
    pub outbox: BTreeMap<i64, OutboxRow>,
    /// Which consumer has handled what.
    pub inbox: BTreeSet<(String, EventId)>,
    /// Events nobody could handle.
    pub dead_letters: Vec<DeadLetter>,
    /// Idempotency keys by scope and key.
    pub keys: BTreeMap<(String, String), StoredKey>,
    /// Mails.
    pub mails: BTreeMap<MailId, MailRow>,
    /// What is known of jobs, by name.
    pub jobs: BTreeMap<String, JobState>,
    /// Messages to see that messages arrive.
    pub tasks: BTreeMap<TaskId, Task>,
    /// The audit log, oldest first.
    pub audit: Vec<AuditRecord>,
    /// Its last entry.
    pub audit_head: AuditHead,
}

impl Tables {
    pub(super) fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == id)
    }

    pub(super) fn level_of(&self, variant: VariantId) -> Option<(StockLevelId, StockLevelRow)> {
        self.stock.iter().find(|(_, row)| row.variant == variant).map(|(id, row)| (*id, *row))
    }

    pub(super) fn has_payment_in_flight(&self, order: OrderId, now: OffsetDateTime) -> bool {
        let moved_since = now - AttemptStatus::ABANDONED_AFTER;
        self.payments.values().any(|row| {
            let moves =
                row.status == AttemptStatus::Authorized || row.state.updated_at > moved_since;
            row.new.order == order && row.status.is_active() && moves
        })
    }
}

#[derive(Debug, Default)]
struct Shared {
    tables: Mutex<Tables>,
    committed: Notify,
}

/// The database of the reference stores; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    shared: Arc<Shared>,
}

impl MemoryState {
    /// What is committed, for tests that look inside or seed rows no port can write.
    pub fn lock(&self) -> MutexGuard<'_, Tables> {
        self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is committed, so that open units of work lose their race.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        let mut tables = self.lock();
        tables.version += 1;
        change(&mut tables)
    }

    pub(super) fn announce(&self) {
        self.shared.committed.notify_one();
    }

    pub(super) async fn committed(&self) {
        self.shared.committed.notified().await;
    }
}
