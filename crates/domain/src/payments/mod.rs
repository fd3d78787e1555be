//! Payments: money promised, taken and given back, as the providers report it.

mod error;
mod events;
mod gateway;
mod ledger;
mod payment;
mod ports;
mod reads;
mod refund;
mod refund_order;
mod status;
mod takings;

pub use error::{CreatePaymentError, ExecuteRefundError, WebhookError};
pub use events::{
    PaymentActionRequired, PaymentAuthorized, PaymentCanceled, PaymentConflicted, PaymentFailed,
    PaymentPending, PaymentRequested, PaymentSucceeded, RefundFailed, RefundScheduled,
    RefundSucceeded,
};
pub use gateway::{
    CheckoutChoice, CreatedAtProvider, GatewayError, MalformedNotice, MockCheckout, PaymentGateway,
    PaymentRequest, ProviderName, ProviderNotice, RefundReport, RefundRequest, SignatureError,
    WebhookRequest,
};
pub use ledger::{Fact, FactKind};
pub use payment::{NewPayment, Payment, PaymentId, PaymentState};
pub use ports::{
    CreatePayment, CreatePaymentCommand, ExecuteRefund, PaymentRepository, PaymentsStore,
    PaymentsUnitOfWork, ReceiveWebhook, ReceiveWebhookCommand, RefundRepository, WebhookReceipt,
};
pub use reads::{PaymentReads, PaymentView};
pub use refund::{Refund, RefundId, RefundStatus};
pub use refund_order::{RefundOf, RefundOrder, RefundOrderCommand, RefundOrderError};
pub use status::AttemptStatus;
pub use takings::Takings;
