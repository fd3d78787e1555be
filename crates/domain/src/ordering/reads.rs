use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{FulfilmentStatus, LineId, Order, OrderId, OrderStatus, Particulars, PaymentStatus};
use crate::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::StockLevelId,
    shared::{
        error::StoreError,
        money::Money,
        page::{Page, Window},
    },
};

/// What can be bought, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// Stock keeping unit.
    pub sku: String,
    /// Name of the product, and of the variant when it is not the default one.
    pub name: String,
    /// Whether it is sold now: an active product of an active category.
    pub is_sold: bool,
    /// Where it is taken from; `None` when stock is not counted.
    pub level: Option<StockLevelId>,
    /// Whether it is the variant meant when only the product is named.
    pub is_default: bool,
    /// A price for each currency; empty means it cannot be bought.
    pub prices: Vec<Money>,
}

/// What a customer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfferKey {
    /// The default variant of a product.
    Product(ProductId),
    /// A variant.
    Variant(VariantId),
}

/// What somebody looks for among orders; everything given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Whose.
    pub owner: Option<UserId>,
    /// How far along.
    pub status: Option<OrderStatus>,
    /// What became of the money.
    pub payment_status: Option<PaymentStatus>,
    /// The human number, as it is written.
    pub number: Option<String>,
    /// Placed at or after.
    pub created_from: Option<OffsetDateTime>,
    /// Placed before.
    pub created_before: Option<OffsetDateTime>,
}

/// An order as shown to its owner and to staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Identity.
    pub id: OrderId,
    /// Human number.
    pub number: String,
    /// Who bought.
    pub user: UserId,
    /// How far along it is.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment_status: PaymentStatus,
    /// Where the goods are.
    pub fulfilment_status: FulfilmentStatus,
    /// Sum of the lines before anything is taken off.
    pub subtotal: Money,
    /// What is taken off.
    pub discount: Money,
    /// What has to be paid.
    pub total: Money,
    /// The code by which it is taken off.
    pub promo_code: Option<String>,
    /// What was bought.
    pub lines: Vec<LineView>,
    /// Where it goes, and what the customer asks for.
    pub particulars: Particulars,
    /// When it was placed.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// When it expires unless it is paid.
    pub expires_at: Option<OffsetDateTime>,
}

/// A line as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// Identity.
    pub id: LineId,
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// Name when it was bought.
    pub name: String,
    /// SKU when it was bought.
    pub sku: String,
    /// Units.
    pub quantity: u32,
    /// Price of one unit when it was bought.
    pub unit_price: Money,
    /// What is taken off of the whole line.
    pub discount: Money,
    /// Units that left.
    pub shipped: u32,
}

/// One step in the life of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineView {
    /// Version of the order it led to.
    pub version: i64,
    /// Wire name of the event.
    pub event: String,
    /// State it led to.
    pub status: OrderStatus,
    /// When.
    pub at: OffsetDateTime,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let (state, price) = (order.state(), order.price());
        Self {
            id: order.id(),
            number: order.number().as_str().to_owned(),
            user: order.customer(),
            status: state.status,
            payment_status: state.payment_status,
            fulfilment_status: state.fulfilment_status,
            subtotal: price.subtotal,
            discount: price.discount,
            total: price.total,
            promo_code: price.coupon.as_ref().map(|coupon| coupon.code.to_string()),
            lines: order
                .lines()
                .iter()
                .map(|line| LineView {
                    id: line.id,
                    product: line.product,
                    variant: line.variant,
                    name: line.name.clone(),
                    sku: line.sku.clone(),
                    quantity: line.quantity,
                    unit_price: line.unit_price,
                    discount: line.discount,
                    shipped: line.shipped,
                })
                .collect(),
            particulars: order.particulars().clone(),
            created_at: order.created_at(),
            updated_at: state.updated_at,
            expires_at: state.expires_at,
        }
    }
}

/// Reads of the ordering context, straight from the database.
#[async_trait]
pub trait OrderReads: Interface {
    /// The offers behind `keys`, in one statement, in any order; unknown ones are absent. A
    /// product key answers its default variant.
    async fn offers(&self, keys: &[OfferKey]) -> Result<Vec<Offer>, StoreError>;
    /// One order with its lines, in one statement; only `owner`'s when given.
    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError>;
    /// Steps of an order, oldest first.
    async fn timeline(&self, id: OrderId) -> Result<Vec<TimelineView>, StoreError>;
    /// Steps of several orders, of each those after the version beside it, oldest first: one
    /// statement.
    async fn steps_after(
        &self,
        known: &[(OrderId, i64)],
    ) -> Result<Vec<(OrderId, TimelineView)>, StoreError>;
    /// Orders of `owner`, or everybody's, newest first: one statement, and one for the total.
    async fn orders(
        &self,
        owner: Option<UserId>,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError>;
    /// Orders `filter` lets through, newest first: one statement, and one for the total.
    async fn search(
        &self,
        filter: &OrderFilter,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError>;
    /// The newest orders of each of `customers`, at most `each`, the newest first: one statement.
    async fn recent(&self, customers: &[UserId], each: u32) -> Result<Vec<OrderView>, StoreError>;
    /// Pending orders whose time is up and that no payment is in flight for, oldest first.
    async fn due_to_expire(
        &self,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError>;
}
