//! Payments: money promised, taken and given back, as the providers report it.

mod error;
mod events;
mod gateway;
mod ledger;
mod mock;
mod operate;
mod operation;
mod payment;
mod ports;
mod reads;
mod reconcile;
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
    Capabilities, CaptureMode, CreatedAtProvider, FetchedPayment, GatewayError, MalformedNotice,
    OperationRequest, PaymentGateway, PaymentRequest, ProviderFact, ProviderName, ProviderNotice,
    RefundReport, RefundRequest, SignatureError, WebhookRequest,
};
pub use ledger::{Fact, FactKind};
pub use mock::{CheckoutChoice, MockBooks, MockCheckout, MockEntry};
pub use operate::{OperatePayment, OperatePaymentCommand, OperatePaymentError};
pub use operation::{Operation, OperationId, OperationKind, OperationStatus};
pub use payment::{NewPayment, Payment, PaymentId, PaymentState};
pub use ports::{
    CreatePayment, CreatePaymentCommand, ExecuteRefund, OperationRepository, PaymentRepository,
    PaymentsStore, PaymentsUnitOfWork, ReceiveWebhook, ReceiveWebhookCommand, RefundRepository,
    WebhookReceipt,
};
pub use reads::{PaymentReads, PaymentView};
pub use reconcile::{
    CHECK_AFTER, CheckPayment, ExecuteOperation, GROWING_CHECKS, ReconcilePayments, ResolveError,
    UnresolvedPayments, pause_after,
};
pub use refund::{Refund, RefundId, RefundStatus};
pub use refund_order::{RefundOf, RefundOrder, RefundOrderCommand, RefundOrderError};
pub use status::AttemptStatus;
pub use takings::Takings;
