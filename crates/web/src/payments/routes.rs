//! Payments: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::{dto, handlers, mock_page};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::create,
        handlers::one,
        handlers::capture,
        handlers::void,
        handlers::refund,
        handlers::webhook,
    ),
    components(schemas(dto::PaymentState, dto::CaptureChoice, dto::PaymentReport))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/api/v1/payments/orders/{order_id}", "createPayment", Access::SignedIn, &[403, 404, 409, 428], |r| r.to(handlers::create)).idempotent(),
    Operation::new("POST", "/api/v1/payments/webhook/{provider}", "receiveWebhook", Access::Public, &[401, 404], |r| r.to(handlers::webhook)).unlimited(),
    Operation::new("GET", "/api/v1/payments/{id}", "getPayment", Access::SignedIn, &[404, 422], |r| r.to(handlers::one)),
    Operation::new("POST", "/api/v1/payments/{id}/capture", "capturePayment", Access::May(Permission::PaymentsWrite), &[404, 409, 422, 428], |r| r.to(handlers::capture)).idempotent().step_up(),
    Operation::new("POST", "/api/v1/payments/{id}/void", "voidPayment", Access::May(Permission::PaymentsWrite), &[404, 409, 422, 428], |r| r.to(handlers::void)).idempotent().step_up(),
    Operation::new("POST", "/api/v1/payments/{id}/refund", "refundPayment", Access::May(Permission::PaymentsWrite), &[404, 409, 428], |r| r.to(handlers::refund)).idempotent().step_up(),
    Operation::page("GET", "/mock-pay/{payment_id}", "showMockCheckout", |r| r.to(mock_page::show)),
    Operation::page("POST", "/mock-pay/{payment_id}", "useMockCheckout", |r| r.to(mock_page::choose)),
];
