//! Ordering: what was bought, for how much, and how far along it is.

mod error;
mod events;
mod fulfil_ports;
mod fulfilment;
mod number;
mod order;
mod ports;
mod reads;
mod status;

pub use error::{CancelOrderError, InvalidTransition, PlaceOrderError};
pub use events::{
    OrderCancelled, OrderCompleted, OrderDelivered, OrderExpired, OrderPaid, OrderPaymentChanged,
    OrderPlaced, OrderReinstated, OrderShipped, OrderStarted, ShippedLine,
};
pub use fulfil_ports::{FulfilOrder, FulfilOrderCommand, FulfilOrderError, FulfilmentStep};
pub use fulfilment::{Parcel, ShipRefused};
pub use number::OrderNumber;
pub use order::{
    Line, LineId, MAX_LINES, MAX_QUANTITY, NewLine, NewOrder, Order, OrderId, OrderState,
    Settlement, TimelineEntry,
};
pub use ports::{
    CancelOrder, CancelOrderCommand, ExpireOrders, OrderRepository, OrderingStore,
    OrderingUnitOfWork, PlaceOrder, PlaceOrderCommand, Wanted, WantedLine,
};
pub use reads::{LineView, Offer, OfferKey, OrderReads, OrderView, TimelineView};
pub use status::{FulfilmentStatus, OrderCommand, OrderStatus, PaymentStatus, TRANSITIONS};
