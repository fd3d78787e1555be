use domain::{
    catalogue::{ProductId, VariantId},
    ordering::{
        CouponRefused, FulfilmentStatus, LineView, OfferKey, OrderStatus, OrderView, Particulars,
        ParticularsChange, PaymentStatus, PlaceOrderError, PromoCode, TimelineView, Wanted,
        WantedLine,
    },
    shared::{money::Currency, page::Page},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::particulars::{Address, AddressRequest, changed, given};
use crate::{
    error::ApiError,
    extract::{Object, clearable, objects, present, present_objects, present_whole_number},
    payments::dto::Payment,
};

/// What a customer wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceOrderRequest {
    /// 1 to 100 lines.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) items: Vec<OrderItemRequest>,
    /// ISO 4217 code of the currency to pay in; by default that of the first product.
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    pub(crate) currency: Option<String>,
    /// A code that takes something off, whatever its case.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 100, example = "TEA-10")]
    pub(crate) promo_code: Option<String>,
    /// Where the goods go.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AddressRequest>)]
    shipping_address: Option<Object<AddressRequest>>,
    /// Where the bill goes.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AddressRequest>)]
    billing_address: Option<Object<AddressRequest>>,
    /// What the shop should know.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        max_length = 1_000,
        pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$",
        example = "Please ring twice."
    )]
    note: Option<String>,
}

/// One wanted line: exactly one of `product_id` and `variant_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderItemRequest {
    /// The product, in its first variant.
    #[serde(default, deserialize_with = "present")]
    pub(crate) product_id: Option<Uuid>,
    /// The variant.
    #[serde(default, deserialize_with = "present")]
    pub(crate) variant_id: Option<Uuid>,
    /// Units.
    #[serde(deserialize_with = "present_whole_number")]
    #[schema(minimum = 1, maximum = 1000, format = Int64, example = 2)]
    pub(crate) quantity: u32,
}

/// What is to change about a pending order; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditOrderRequest {
    /// 1 to 100 lines, in place of all it had.
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) items: Option<Vec<OrderItemRequest>>,
    /// Where the goods go; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<AddressRequest>)]
    shipping_address: Option<Option<Object<AddressRequest>>>,
    /// Where the bill goes; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<AddressRequest>)]
    billing_address: Option<Option<Object<AddressRequest>>>,
    /// What the shop should know; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 1_000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$", example = "Please ring twice.")]
    note: Option<Option<String>>,
}

impl EditOrderRequest {
    /// The lines it is for from now on, and what changes about where it goes.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<(Option<Wanted>, ParticularsChange), ApiError> {
        let wanted = self.items.as_deref().map(wanted).transpose()?;
        let inner = |given: Option<Option<Object<_>>>| given.map(|given| given.map(|it| it.0));
        let change = changed(inner(self.shipping_address), inner(self.billing_address), self.note)?;
        Ok((wanted, change))
    }
}

/// The lines, each naming one thing.
///
/// # Errors
/// 422 at the line that does not.
pub(crate) fn wanted(items: &[OrderItemRequest]) -> Result<Vec<WantedLine>, ApiError> {
    let line = |(at, item): (usize, &OrderItemRequest)| {
        let what = match (item.product_id, item.variant_id) {
            (Some(id), None) => OfferKey::Product(ProductId::new(id)),
            (None, Some(id)) => OfferKey::Variant(VariantId::new(id)),
            _ => {
                let detail = "exactly one of product_id and variant_id is wanted";
                return Err(ApiError::invalid_body(format!("/items/{at}"), "required", detail));
            }
        };
        Ok(WantedLine { what, quantity: item.quantity })
    };
    items.iter().enumerate().map(line).collect()
}

impl PlaceOrderRequest {
    /// The code of a coupon.
    ///
    /// # Errors
    /// 404 when no code looks like that.
    pub(crate) fn promo_code(&self) -> Result<Option<PromoCode>, ApiError> {
        let Some(text) = &self.promo_code else { return Ok(None) };
        let unknown = || PlaceOrderError::from(CouponRefused::Unknown).into();
        PromoCode::parse(text).map(Some).ok_or_else(unknown)
    }

    /// Where it goes, and what the customer asks for.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn particulars(&mut self) -> Result<Particulars, ApiError> {
        let [shipping, billing] = [&mut self.shipping_address, &mut self.billing_address]
            .map(|given| given.take().map(|given| given.0));
        given(shipping, billing, self.note.as_deref())
    }

    /// The currency to pay in.
    ///
    /// # Errors
    /// 422 when there is no such currency.
    pub(crate) fn currency(&self) -> Result<Option<Currency>, ApiError> {
        let Some(code) = &self.currency else { return Ok(None) };
        Currency::parse(code).map(Some).map_err(|error| {
            let detail = error.to_string();
            ApiError::from(error).at("/currency", "unknown_currency", detail)
        })
    }
}

/// How far along an order is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::ordering::OrderStatus")]
pub(crate) enum OrderState {
    Pending,
    Paid,
    Processing,
    PartiallyShipped,
    Shipped,
    Delivered,
    Completed,
    Cancelled,
    Expired,
}

/// What has become of the money of an order.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::ordering::PaymentStatus")]
pub(crate) enum OrderPaymentState {
    None,
    Authorized,
    PartiallyPaid,
    Paid,
    PartiallyRefunded,
    Refunded,
    Overpaid,
    Voided,
    Disputed,
}

/// Where the goods are.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::ordering::FulfilmentStatus")]
pub(crate) enum FulfilmentState {
    Unfulfilled,
    PartiallyShipped,
    Shipped,
    Delivered,
}

/// A purchase.
#[derive(Serialize, ToSchema)]
pub(crate) struct Order {
    /// Identity.
    pub(crate) id: Uuid,
    /// The number people read to each other.
    #[schema(example = "K-7Q2M4X9A")]
    pub(crate) number: String,
    /// Who bought.
    pub(crate) user_id: Uuid,
    /// How far along it is.
    #[schema(value_type = OrderState)]
    pub(crate) status: OrderStatus,
    /// What has become of the money.
    #[schema(value_type = OrderPaymentState)]
    pub(crate) payment_status: PaymentStatus,
    /// Where the goods are.
    #[schema(value_type = FulfilmentState)]
    pub(crate) fulfilment_status: FulfilmentStatus,
    /// Sum of the lines before anything is taken off, in decimal form.
    #[schema(example = "239.98")]
    pub(crate) subtotal: String,
    /// What is taken off, in decimal form.
    #[schema(example = "24.00")]
    pub(crate) discount: String,
    /// The code by which it is taken off.
    #[schema(example = "TEA-10")]
    pub(crate) promo_code: Option<String>,
    /// What has to be paid, in decimal form.
    #[schema(example = "215.98")]
    pub(crate) total_price: String,
    /// ISO 4217 code of every price.
    #[schema(example = "RUB")]
    pub(crate) currency: &'static str,
    /// What was bought.
    pub(crate) items: Vec<OrderItem>,
    /// When it was placed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
    /// When it expires unless it is paid; null once it does not.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// A line, frozen as it was bought.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderItem {
    /// Identity.
    pub(crate) id: Uuid,
    /// The product.
    pub(crate) product_id: Uuid,
    /// The variant.
    pub(crate) variant_id: Uuid,
    /// Name when it was bought.
    #[schema(example = "Assam, 100 g")]
    pub(crate) name: String,
    /// SKU when it was bought.
    #[schema(example = "TEA-ASSAM-100")]
    pub(crate) sku: String,
    /// Units.
    #[schema(minimum = 1, maximum = 1000, format = Int64, example = 2)]
    pub(crate) quantity: u32,
    /// Price of one unit when it was bought, in decimal form.
    #[schema(example = "107.99")]
    pub(crate) price: String,
    /// What is taken off of the whole line, in decimal form.
    #[schema(example = "24.00")]
    pub(crate) discount: String,
    /// Units that left.
    #[schema(minimum = 0, format = Int64, example = 0)]
    pub(crate) shipped: u32,
}

impl From<&LineView> for OrderItem {
    fn from(line: &LineView) -> Self {
        Self {
            id: line.id.raw(),
            product_id: line.product.raw(),
            variant_id: line.variant.raw(),
            name: line.name.clone(),
            sku: line.sku.clone(),
            quantity: line.quantity,
            price: line.unit_price.to_string(),
            discount: line.discount.to_string(),
            shipped: line.shipped,
        }
    }
}

impl From<&OrderView> for Order {
    fn from(order: &OrderView) -> Self {
        Self {
            id: order.id.raw(),
            number: order.number.clone(),
            user_id: order.user.raw(),
            status: order.status,
            payment_status: order.payment_status,
            fulfilment_status: order.fulfilment_status,
            subtotal: order.subtotal.to_string(),
            discount: order.discount.to_string(),
            promo_code: order.promo_code.clone(),
            total_price: order.total.to_string(),
            currency: order.total.currency.code(),
            items: order.lines.iter().map(OrderItem::from).collect(),
            created_at: order.created_at,
            updated_at: order.updated_at,
            expires_at: order.expires_at,
        }
    }
}

/// A purchase, and where it goes.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressedOrder {
    #[serde(flatten)]
    pub(crate) order: Order,
    /// Where the goods go.
    pub(crate) shipping_address: Option<Address>,
    /// Where the bill goes.
    pub(crate) billing_address: Option<Address>,
    /// What the customer wants the shop to know.
    #[schema(example = "Please ring twice.")]
    pub(crate) note: Option<String>,
}

impl From<&OrderView> for AddressedOrder {
    fn from(order: &OrderView) -> Self {
        let Particulars { shipping_address, billing_address, note } = &order.particulars;
        Self {
            order: Order::from(order),
            shipping_address: shipping_address.as_ref().map(Address::from),
            billing_address: billing_address.as_ref().map(Address::from),
            note: note.clone(),
        }
    }
}

/// One step in the life of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    /// Version of the order it led to.
    #[schema(minimum = 1, example = 1)]
    pub(crate) version: i64,
    /// Name of the event.
    #[schema(example = "ordering.order_placed.v1")]
    pub(crate) event: String,
    /// State it led to.
    #[schema(value_type = OrderState)]
    pub(crate) status: OrderStatus,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
}

impl From<TimelineView> for TimelineEntry {
    fn from(step: TimelineView) -> Self {
        Self { version: step.version, event: step.event, status: step.status, at: step.at }
    }
}

/// A purchase with what was asked for by `include`.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDetails {
    #[serde(flatten)]
    pub(crate) order: AddressedOrder,
    /// Its steps, oldest first; null unless included.
    pub(crate) timeline: Option<Vec<TimelineEntry>>,
    /// Attempts to pay it, oldest first; null unless included.
    pub(crate) payments: Option<Vec<Payment>>,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The rows.
    pub(crate) items: Vec<Order>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

impl From<Page<OrderView>> for OrderPage {
    fn from(page: Page<OrderView>) -> Self {
        Self {
            items: page.items.iter().map(Order::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
