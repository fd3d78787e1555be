//! Ordering: what was bought, for how much, and how far along it is.

mod coupon;
mod coupon_ports;
mod edit;
mod error;
mod events;
mod feed;
mod fulfil_ports;
mod fulfilment;
mod number;
mod order;
mod particulars;
mod ports;
mod quote;
mod reads;
mod status;

pub use coupon::{
    AppliedCoupon, Coupon, CouponId, CouponRefused, CouponTerms, Discount, PromoCode, TermsRefused,
};
pub use coupon_ports::{
    CouponChange, CouponInHand, CouponReads, CouponRepository, CreateCoupon, CreateCouponCommand,
    EditCoupon, EditCouponCommand, WriteCouponError,
};
pub use edit::{EditOrder, EditOrderCommand, EditOrderError, HoldChange};
pub use error::{CancelOrderError, InvalidTransition, PlaceOrderError};
pub use events::{
    OrderCancelled, OrderCompleted, OrderDelivered, OrderEdited, OrderExpired, OrderPaid,
    OrderPaymentChanged, OrderPlaced, OrderReinstated, OrderShipped, OrderStarted, ShippedLine,
};
pub use feed::{Following, OrderChanges, OrderFeed, OrderSteps};
pub use fulfil_ports::{FulfilOrder, FulfilOrderCommand, FulfilOrderError, FulfilmentStep};
pub use fulfilment::{Parcel, ShipRefused};
pub use number::OrderNumber;
pub use order::{
    Line, LineId, MAX_LINES, MAX_QUANTITY, NewLine, NewOrder, Order, OrderId, OrderPrice,
    OrderState, Settlement, TimelineEntry,
};
pub use particulars::{Country, MAX_NOTE, Particulars, ParticularsChange, PostalAddress};
pub use ports::{
    CancelOrder, CancelOrderCommand, ExpireOrders, OrderRepository, OrderingStore,
    OrderingUnitOfWork, PLACING, PlaceOrder, PlaceOrderCommand, Wanted, WantedLine,
};
pub use quote::{PricedLine, Quote, QuotedLine, quote};
pub use reads::{LineView, Offer, OfferKey, OrderFilter, OrderReads, OrderView, TimelineView};
pub use status::{FulfilmentStatus, OrderCommand, OrderStatus, PaymentStatus, TRANSITIONS};
