//! Use cases of the ordering context.

mod cancel_order;
mod expire_orders;
mod fulfil_order;
pub(crate) mod on_order_paid;
mod place_order;

pub use cancel_order::{CancelOrderUseCase, CancelOrderUseCaseParameters};
pub use expire_orders::{ExpireOrdersUseCase, ExpireOrdersUseCaseParameters};
pub use fulfil_order::{FulfilOrderUseCase, FulfilOrderUseCaseParameters};
pub use on_order_paid::{SendOrderConfirmation, SendOrderConfirmationParameters};
pub use place_order::{PlaceOrderUseCase, PlaceOrderUseCaseParameters};
