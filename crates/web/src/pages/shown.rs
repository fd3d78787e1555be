//! Things of the shop as pages show them.

use domain::{
    catalogue::{ProductView, VariantView},
    identity::{SessionId, SessionView},
    ordering::{LineView, OrderStatus, OrderView},
    shared::money::Money,
};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};

/// An amount with its currency.
pub(super) fn money(amount: Money) -> String {
    format!("{amount} {}", amount.currency.code())
}

/// A moment for people and for programs.
#[derive(Serialize)]
pub(super) struct Moment {
    text: String,
    machine: String,
}

impl From<OffsetDateTime> for Moment {
    fn from(at: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        let (date, hour, minute) = (at.date(), at.hour(), at.minute());
        let text = format!("{date} {hour:02}:{minute:02} UTC");
        Self { text, machine: format!("{date}T{hour:02}:{minute:02}Z") }
    }
}

/// One form a product is sold in.
#[derive(Serialize)]
pub(super) struct Variant {
    id: String,
    sku: String,
    name: String,
    price: Option<String>,
    in_stock: bool,
}

impl From<&VariantView> for Variant {
    fn from(variant: &VariantView) -> Self {
        Self {
            id: variant.id.to_string(),
            sku: variant.sku.clone(),
            name: variant.name.clone(),
            price: variant.price.map(money),
            in_stock: variant.available.is_none_or(|left| left > 0),
        }
    }
}

/// A product; the price is that of its first variant.
#[derive(Serialize)]
pub(super) struct Product {
    name: String,
    slug: String,
    description: String,
    price: Option<String>,
    in_stock: bool,
    variants: Vec<Variant>,
}

impl From<&ProductView> for Product {
    fn from(product: &ProductView) -> Self {
        let variants: Vec<_> = product.variants.iter().map(Variant::from).collect();
        Self {
            name: product.name.clone(),
            slug: product.slug.clone(),
            description: product.description.clone(),
            price: variants.first().and_then(|variant| variant.price.clone()),
            in_stock: variants.iter().any(|variant| variant.in_stock),
            variants,
        }
    }
}

/// A line of an order.
#[derive(Serialize)]
struct Line {
    name: String,
    quantity: u32,
    price: String,
}

impl From<&LineView> for Line {
    fn from(line: &LineView) -> Self {
        let (name, quantity) = (line.name.clone(), line.quantity);
        Self { name, quantity, price: money(line.unit_price) }
    }
}

/// An order of whoever looks.
#[derive(Serialize)]
pub(super) struct Order {
    id: String,
    number: String,
    status: &'static str,
    payment_status: &'static str,
    total: String,
    at: Moment,
    lines: Vec<Line>,
    is_open: bool,
}

impl From<&OrderView> for Order {
    fn from(order: &OrderView) -> Self {
        Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            status: order.status.as_str(),
            payment_status: order.payment_status.as_str(),
            total: money(order.total),
            at: order.created_at.into(),
            lines: order.lines.iter().map(Line::from).collect(),
            is_open: order.status == OrderStatus::Pending,
        }
    }
}

/// A session somebody is signed in with.
#[derive(Serialize)]
pub(super) struct Session {
    id: String,
    device: Option<String>,
    network: Option<String>,
    since: Moment,
    last_used: Moment,
    is_this: bool,
}

impl Session {
    /// The session as seen from `this` one.
    pub(super) fn seen_from(this: Option<SessionId>, session: SessionView) -> Self {
        Self {
            id: session.id.to_string(),
            device: session.device.name,
            network: session.device.network,
            since: session.created_at.into(),
            last_used: session.last_used_at.into(),
            is_this: Some(session.id) == this,
        }
    }
}
