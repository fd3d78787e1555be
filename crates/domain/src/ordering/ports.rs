use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    CancelOrderError, CouponRepository, OfferKey, Order, OrderId, OrderView, Particulars,
    PlaceOrderError, PromoCode,
};
use crate::{
    identity::UserId,
    inventory::StockRepository,
    shared::{
        actor::Actor,
        error::StoreError,
        event::Provenance,
        idempotency::{IdempotentRequest, Outcome},
        money::Currency,
        ports::UnitOfWork,
    },
};

// Driving side: what the outside may ask of this context.

/// One wanted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedLine {
    /// What.
    pub what: OfferKey,
    /// Units, 1..=1000.
    pub quantity: u32,
}

/// What a customer wants: 1..=100 lines.
pub type Wanted = Vec<WantedLine>;

/// What idempotency keys for [`PlaceOrder`] are for.
pub const PLACING: &str = "place_order";

/// Input of [`PlaceOrder`].
#[derive(Clone, Debug)]
pub struct PlaceOrderCommand {
    /// Who buys.
    pub customer: UserId,
    /// What.
    pub wanted: Wanted,
    /// In which currency; the first offer's own when absent.
    pub currency: Option<Currency>,
    /// The code of the coupon the customer has.
    pub promo_code: Option<PromoCode>,
    /// Where it goes, and what the customer asks for.
    pub particulars: Particulars,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<OrderView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Turns what a customer wants into an order, without ever overselling.
#[async_trait]
pub trait PlaceOrder: Interface {
    /// Reserves the stock, redeems the coupon, stores order, event and answer, all or nothing.
    async fn execute(
        &self,
        command: PlaceOrderCommand,
    ) -> Result<Outcome<OrderView>, PlaceOrderError>;
}

/// Input of [`CancelOrder`].
#[derive(Clone, Debug)]
pub struct CancelOrderCommand {
    /// Who asks: the owner, or staff.
    pub actor: Actor,
    /// Which order.
    pub order: OrderId,
    /// What set it off.
    pub provenance: Provenance,
}

/// Calls an order off: its owner a pending one, staff also a paid one.
#[async_trait]
pub trait CancelOrder: Interface {
    /// Gives the stock back, and schedules all its money to go back. A cancelled order stays
    /// cancelled: asking again is refused.
    async fn execute(&self, command: CancelOrderCommand) -> Result<OrderView, CancelOrderError>;
}

/// Ends pending orders nobody paid in time.
#[async_trait]
pub trait ExpireOrders: Interface {
    /// Expires what is due, at most `limit`; answers how many.
    async fn execute(&self, limit: u32) -> Result<u32, StoreError>;
}

// Driven side: what this context needs from the outside.

/// Orders inside one unit of work.
#[async_trait]
pub trait OrderRepository: Send {
    /// Stores a new order with its lines, the redemption of its coupon, and the events recorded.
    async fn insert(&mut self, order: &Order) -> Result<(), StoreError>;

    /// The order with its lines, in one statement.
    async fn find(&mut self, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// Stores the state of an order, what was shipped of its lines, and the events recorded since
    /// it was found.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn update(&mut self, order: &Order) -> Result<(), StoreError>;

    /// As [`update`](Self::update), with the lines, the price and the particulars of an edited order
    /// in place of those it had.
    async fn update_edited(&mut self, order: &Order) -> Result<(), StoreError>;

    /// As [`update`](Self::update), on the further condition, checked in the same statement, that
    /// the order is still pending, due at `now`, and has no payment in flight.
    async fn update_expired(
        &mut self,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Takes the particulars out of all orders of `customer`.
    async fn forget_particulars(&mut self, customer: UserId) -> Result<(), StoreError>;
}

/// Everything the ordering context may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait OrderingUnitOfWork: UnitOfWork {
    /// Orders.
    fn orders(&mut self) -> &mut dyn OrderRepository;
    /// Stock levels.
    fn stock(&mut self) -> &mut dyn StockRepository;
    /// Coupons.
    fn coupons(&mut self) -> &mut dyn CouponRepository;
}

/// Opens units of work for the ordering context.
#[async_trait]
pub trait OrderingStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError>;
}
