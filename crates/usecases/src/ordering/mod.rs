//! Use cases of the ordering context.

mod cancel_order;
mod create_coupon;
mod drafting;
mod edit_coupon;
mod edit_order;
mod expire_orders;
mod fulfil_order;
pub(crate) mod on_order_paid;
pub(crate) mod on_user_deleted;
mod place_order;

pub use cancel_order::{CancelOrderUseCase, CancelOrderUseCaseParameters};
pub use create_coupon::{CreateCouponUseCase, CreateCouponUseCaseParameters};
pub use edit_coupon::{EditCouponUseCase, EditCouponUseCaseParameters};
pub use edit_order::{EditOrderUseCase, EditOrderUseCaseParameters};
pub use expire_orders::{ExpireOrdersUseCase, ExpireOrdersUseCaseParameters};
pub use fulfil_order::{FulfilOrderUseCase, FulfilOrderUseCaseParameters};
pub use on_order_paid::{SendOrderConfirmation, SendOrderConfirmationParameters};
pub use on_user_deleted::{ForgetAddresses, ForgetAddressesParameters};
pub use place_order::{PlaceOrderUseCase, PlaceOrderUseCaseParameters};
