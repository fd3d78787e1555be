//! Use cases of the payments context.

mod create_payment;
mod execute_refund;
pub(crate) mod give_back;
pub(crate) mod on_refund_scheduled;
mod receive_webhook;
mod refund_order;
mod settle;

pub use create_payment::{CreatePaymentUseCase, CreatePaymentUseCaseParameters};
pub use execute_refund::{ExecuteRefundUseCase, ExecuteRefundUseCaseParameters};
pub use on_refund_scheduled::{ExecuteScheduledRefund, ExecuteScheduledRefundParameters};
pub use receive_webhook::{ReceiveWebhookUseCase, ReceiveWebhookUseCaseParameters};
pub use refund_order::{RefundOrderUseCase, RefundOrderUseCaseParameters};
