//! Use cases of the payments context.

mod check_payment;
mod create_payment;
mod execute_operation;
mod execute_refund;
pub(crate) mod give_back;
pub(crate) mod on_refund_scheduled;
mod operate_payment;
mod receive_webhook;
mod reconcile_payments;
mod refund_order;
mod settle;
mod take_in;
pub(crate) mod void_open;

pub use check_payment::{CheckPaymentUseCase, CheckPaymentUseCaseParameters};
pub use create_payment::{CreatePaymentUseCase, CreatePaymentUseCaseParameters};
pub use execute_operation::{ExecuteOperationUseCase, ExecuteOperationUseCaseParameters};
pub use execute_refund::{ExecuteRefundUseCase, ExecuteRefundUseCaseParameters};
pub use on_refund_scheduled::{ExecuteScheduledRefund, ExecuteScheduledRefundParameters};
pub use operate_payment::{OperatePaymentUseCase, OperatePaymentUseCaseParameters};
pub use receive_webhook::{ReceiveWebhookUseCase, ReceiveWebhookUseCaseParameters};
pub use reconcile_payments::{ReconcilePaymentsUseCase, ReconcilePaymentsUseCaseParameters};
pub use refund_order::{RefundOrderUseCase, RefundOrderUseCaseParameters};
