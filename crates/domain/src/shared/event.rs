//! Domain events: the closed list of facts, and the envelope they travel in.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{error::StoreError, id::RawId, network::ClientNetwork};
use crate::{
    catalogue, content, identity, inventory, messaging, ordering, payments, text_enum, typed_id,
};

typed_id!(
    /// Identity of an event; consumers de-duplicate on it.
    EventId
);

text_enum!(
    /// What kind of aggregate an event belongs to.
    AggregateType {
        /// A person with an account.
        User = "user",
        /// A signed-in device.
        Session = "session",
        /// A request for a mail with a token.
        EmailRequest = "email_request",
        /// A category of the catalogue.
        Category = "category",
        /// A product with its variants.
        Product = "product",
        /// Something somebody wrote.
        Post = "post",
        /// The stock of one variant at one location.
        StockLevel = "stock_level",
        /// An order.
        Order = "order",
        /// One attempt to pay an order.
        Payment = "payment",
        /// A message to see that messages arrive.
        Task = "task",
    }
);

macro_rules! domain_events {
    ($($variant:ident($payload:ty) = $name:literal),+ $(,)?) => {
        /// Every fact the store publishes, tagged with its wire name.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", content = "data")]
        pub enum DomainEvent {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $variant($payload)
            ),+
        }

        impl DomainEvent {
            /// Every wire name, in declaration order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The wire name, `context.event_name.v1`; also the routing key.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }
        }

        $(
            impl From<$payload> for DomainEvent {
                fn from(payload: $payload) -> Self {
                    Self::$variant(payload)
                }
            }
        )+
    };
}

domain_events! {
    UserRegistered(identity::UserRegistered) = "identity.user_registered.v1",
    UserVerified(identity::UserVerified) = "identity.user_verified.v1",
    VerificationRequested(identity::VerificationRequested) = "identity.verification_requested.v1",
    PasswordResetRequested(identity::PasswordResetRequested) = "identity.password_reset_requested.v1",
    UserDeleted(identity::UserDeleted) = "identity.user_deleted.v1",
    SessionFamilyRevoked(identity::SessionFamilyRevoked) = "identity.session_family_revoked.v1",
    CategoryCreated(catalogue::CategoryCreated) = "catalogue.category_created.v1",
    CategoryUpdated(catalogue::CategoryUpdated) = "catalogue.category_updated.v1",
    CategoryActivated(catalogue::CategoryActivated) = "catalogue.category_activated.v1",
    CategoryDeactivated(catalogue::CategoryDeactivated) = "catalogue.category_deactivated.v1",
    CategoryDeleted(catalogue::CategoryDeleted) = "catalogue.category_deleted.v1",
    ProductCreated(catalogue::ProductCreated) = "catalogue.product_created.v1",
    ProductUpdated(catalogue::ProductUpdated) = "catalogue.product_updated.v1",
    ProductActivated(catalogue::ProductActivated) = "catalogue.product_activated.v1",
    ProductDeactivated(catalogue::ProductDeactivated) = "catalogue.product_deactivated.v1",
    ProductArchived(catalogue::ProductArchived) = "catalogue.product_archived.v1",
    ProductDeleted(catalogue::ProductDeleted) = "catalogue.product_deleted.v1",
    PostCreated(content::PostCreated) = "content.post_created.v1",
    PostUpdated(content::PostUpdated) = "content.post_updated.v1",
    PostPublished(content::PostPublished) = "content.post_published.v1",
    PostWithdrawn(content::PostWithdrawn) = "content.post_withdrawn.v1",
    PostDeleted(content::PostDeleted) = "content.post_deleted.v1",
    StockLow(inventory::StockLow) = "inventory.stock_low.v1",
    StockDepleted(inventory::StockDepleted) = "inventory.stock_depleted.v1",
    OrderPlaced(ordering::OrderPlaced) = "ordering.order_placed.v1",
    OrderEdited(ordering::OrderEdited) = "ordering.order_edited.v1",
    OrderPaid(ordering::OrderPaid) = "ordering.order_paid.v1",
    OrderPaymentChanged(ordering::OrderPaymentChanged) = "ordering.order_payment_changed.v1",
    OrderCancelled(ordering::OrderCancelled) = "ordering.order_cancelled.v1",
    OrderExpired(ordering::OrderExpired) = "ordering.order_expired.v1",
    OrderReinstated(ordering::OrderReinstated) = "ordering.order_reinstated.v1",
    OrderStarted(ordering::OrderStarted) = "ordering.order_started.v1",
    OrderShipped(ordering::OrderShipped) = "ordering.order_shipped.v1",
    OrderDelivered(ordering::OrderDelivered) = "ordering.order_delivered.v1",
    OrderCompleted(ordering::OrderCompleted) = "ordering.order_completed.v1",
    PaymentRequested(payments::PaymentRequested) = "payments.payment_requested.v1",
    PaymentActionRequired(payments::PaymentActionRequired) = "payments.action_required.v1",
    PaymentPending(payments::PaymentPending) = "payments.pending.v1",
    PaymentAuthorized(payments::PaymentAuthorized) = "payments.authorized.v1",
    PaymentSucceeded(payments::PaymentSucceeded) = "payments.succeeded.v1",
    PaymentFailed(payments::PaymentFailed) = "payments.failed.v1",
    PaymentCanceled(payments::PaymentCanceled) = "payments.canceled.v1",
    PaymentConflicted(payments::PaymentConflicted) = "payments.conflicted.v1",
    RefundScheduled(payments::RefundScheduled) = "payments.refund_scheduled.v1",
    RefundSucceeded(payments::RefundSucceeded) = "payments.refund_succeeded.v1",
    RefundFailed(payments::RefundFailed) = "payments.refund_failed.v1",
    TaskPushed(messaging::TaskPushed) = "messaging.task_pushed.v1",
}

/// Identity and time of one change, drawn once before the first attempt to store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Identity of the event the change records.
    pub event: EventId,
    /// When the change happened.
    pub at: OffsetDateTime,
}

/// A fact an aggregate recorded and nobody has stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Identity.
    pub id: EventId,
    /// Kind of the aggregate.
    pub aggregate_type: AggregateType,
    /// The aggregate.
    pub aggregate_id: RawId,
    /// Version of the aggregate this event led to; the first is 1 and there are no gaps.
    pub aggregate_version: i64,
    /// When the fact became true.
    pub occurred_at: OffsetDateTime,
    /// The fact.
    pub event: DomainEvent,
}

/// What set a change off, carried from the request through events to the last reaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Request id of the call everything began with.
    pub correlation_id: Option<String>,
    /// The event this is a reaction to.
    pub causation_id: Option<EventId>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// Where the request came from; for the audit log alone, events do not carry it.
    #[serde(skip)]
    pub network: Option<ClientNetwork>,
}

impl Provenance {
    /// Name of the trace everything belongs to: the second part of a W3C trace context.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_deref()?.split('-').nth(1)
    }
}

/// One stored fact, as it travels through the outbox and the bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventEnvelope {
    /// Consumers de-duplicate on this.
    pub id: EventId,
    /// Position in the outbox; grows within one aggregate.
    pub seq: i64,
    /// Kind of the aggregate.
    pub aggregate_type: AggregateType,
    /// Events of one aggregate are published in the order of their versions.
    pub aggregate_id: RawId,
    /// Version of the aggregate this event led to.
    pub aggregate_version: i64,
    /// When the fact became true, UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub occurred_at: OffsetDateTime,
    /// What set it off.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// `type` and `data`.
    #[serde(flatten)]
    pub event: DomainEvent,
}

impl EventEnvelope {
    /// Provenance of whatever is done in reaction to this event.
    pub fn reaction(&self) -> Provenance {
        Provenance { causation_id: Some(self.id), ..self.provenance.clone() }
    }
}

/// The version after `version`.
///
/// # Errors
/// [`StoreError::Corrupt`] when it does not fit.
pub fn next_version(version: i64) -> Result<i64, StoreError> {
    version.checked_add(1).ok_or_else(|| StoreError::Corrupt("version overflow".into()))
}
