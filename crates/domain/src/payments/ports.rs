use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    CaptureMode, CreatePaymentError, ExecuteRefundError, Operation, OperationId, OperationKind,
    Payment, PaymentId, PaymentView, ProviderName, ProviderNotice, Refund, RefundId, Takings,
    WebhookError, WebhookRequest,
};
use crate::{
    ordering::{OrderId, OrderingUnitOfWork},
    shared::{
        actor::Actor,
        error::StoreError,
        event::Provenance,
        idempotency::{IdempotentRequest, Outcome},
        money::Money,
    },
};

// Driving side: what the outside may ask of this context.

/// Input of [`CreatePayment`].
#[derive(Clone, Debug)]
pub struct CreatePaymentCommand {
    /// Who pays: the order's owner, or staff.
    pub actor: Actor,
    /// What is paid.
    pub order: OrderId,
    /// Who moves the money; the configured default when absent.
    pub provider: Option<ProviderName>,
    /// When the money is taken; as configured when absent. The edge lets only staff choose.
    pub capture: Option<CaptureMode>,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<PaymentView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Begins an attempt to pay an order.
#[async_trait]
pub trait CreatePayment: Interface {
    /// Stores the attempt, then asks the provider, then stores its answer. When the provider's
    /// answer is lost, the attempt stays, and asking again goes on with the same one.
    async fn execute(
        &self,
        command: CreatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, CreatePaymentError>;
}

/// Input of [`ReceiveWebhook`].
#[derive(Clone, Debug)]
pub struct ReceiveWebhookCommand {
    /// Who it claims to come from.
    pub provider: String,
    /// The request as it came in.
    pub request: WebhookRequest,
    /// What set it off.
    pub provenance: Provenance,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookReceipt {
    /// Noted.
    Noted,
    /// Noted before; nothing changed.
    Duplicate,
    /// Kept until the payment it is about is known.
    Parked,
}

/// Believes or refuses what a provider reports, and settles the order in the same transaction.
#[async_trait]
pub trait ReceiveWebhook: Interface {
    /// Duplicates and any order of arrival lead to the same state.
    async fn execute(&self, command: ReceiveWebhookCommand)
    -> Result<WebhookReceipt, WebhookError>;
}

/// Carries a scheduled refund out at the provider.
#[async_trait]
pub trait ExecuteRefund: Interface {
    /// Asks the provider under the refund's id, then stores its answer. Repeating it is harmless.
    async fn execute(
        &self,
        refund: RefundId,
        provenance: Provenance,
    ) -> Result<(), ExecuteRefundError>;
}

// Driven side: what this context needs from the outside.

/// Attempts inside one unit of work.
#[async_trait]
pub trait PaymentRepository: Send {
    /// Stores a new attempt with the events recorded.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] by `uq_payments_active_order` while another is active.
    async fn insert(&mut self, payment: &Payment) -> Result<(), StoreError>;

    /// The attempt with its facts, in one statement.
    async fn find(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// The attempt a provider knows under `provider_payment_id`, with its facts, and the takings
    /// of the *other* attempts of its order, in one statement. Only `refunding` counts this
    /// attempt too: every refund of the order that is scheduled.
    async fn find_at_provider(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Option<(Payment, Takings)>, StoreError>;

    /// The attempt of `order` that may still take money.
    async fn active_of(&mut self, order: OrderId) -> Result<Option<Payment>, StoreError>;

    /// The attempts of `order` that took money, oldest first, each with how much of it is about to
    /// go back, in one statement.
    async fn taken_for(&mut self, order: OrderId) -> Result<Vec<(Payment, Money)>, StoreError>;

    /// Stores the state of an attempt, its fresh facts and the events recorded since it was found.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn update(&mut self, payment: &Payment) -> Result<(), StoreError>;

    /// Notes a provider's message; `false` when it was noted before.
    async fn note_provider_event(
        &mut self,
        provider: ProviderName,
        event_id: &str,
        payment: PaymentId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Keeps a believed webhook about a payment nobody knows, once, as long as an attempt at that
    /// provider waits to learn its name there; `false` when none does.
    async fn park(
        &mut self,
        provider: ProviderName,
        notice: &ProviderNotice,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Takes out what was parked for the payment of this name, oldest first.
    async fn unpark(
        &mut self,
        provider: ProviderName,
        provider_payment_id: &str,
    ) -> Result<Vec<ProviderNotice>, StoreError>;

    /// Takes out at most `limit` of what was parked before `before` and will never be matched,
    /// oldest first: the payment is not known, and no attempt from before it was parked waits for
    /// its name.
    async fn drop_parked(
        &mut self,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError>;
}

/// Captures and voids inside one unit of work.
#[async_trait]
pub trait OperationRepository: Send {
    /// Stores a new operation.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] by `uq_payment_operations_open` while another of its kind is
    /// scheduled for the attempt.
    async fn insert(&mut self, operation: &Operation) -> Result<(), StoreError>;
    /// The operation.
    async fn find(&mut self, id: OperationId) -> Result<Option<Operation>, StoreError>;
    /// The one of this kind that is scheduled for an attempt.
    async fn scheduled(
        &mut self,
        payment: PaymentId,
        kind: OperationKind,
    ) -> Result<Option<Operation>, StoreError>;
    /// Stores what became of it.
    async fn update(
        &mut self,
        operation: &Operation,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;
}

/// Refunds inside one unit of work.
#[async_trait]
pub trait RefundRepository: Send {
    /// Stores a new refund; its event is recorded by its payment.
    async fn insert(&mut self, refund: &Refund) -> Result<(), StoreError>;
    /// The refund.
    async fn find(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError>;
    /// Stores what became of it.
    async fn update(&mut self, refund: &Refund, now: OffsetDateTime) -> Result<(), StoreError>;
}

/// Everything the payments context may write atomically: money, and the order it is for, because
/// a paid order is one fact.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait PaymentsUnitOfWork: OrderingUnitOfWork {
    /// Attempts.
    fn payments(&mut self) -> &mut dyn PaymentRepository;
    /// Captures and voids.
    fn operations(&mut self) -> &mut dyn OperationRepository;
    /// Refunds.
    fn refunds(&mut self) -> &mut dyn RefundRepository;
}

/// Opens units of work for the payments context.
#[async_trait]
pub trait PaymentsStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError>;
}
