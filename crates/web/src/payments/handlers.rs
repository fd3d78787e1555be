use actix_web::{HttpRequest, HttpResponse};
use domain::{
    identity::Permission,
    ordering::{OrderId, OrderView},
    payments::{
        AttemptStatus, CaptureMode, CreatePaymentCommand, CreatePaymentError,
        OperatePaymentCommand, OperationKind, PaymentId, PaymentView, ProviderName,
        ReceiveWebhookCommand, RefundOf, RefundOrderCommand, RefundOrderError, WebhookError,
        WebhookReceipt, WebhookRequest,
    },
    shared::idempotency::StoredResponse,
};

use super::dto::{CreatePaymentRequest, Payment, RefundRequest, WebhookAnswer};
use crate::{
    error::ApiError,
    extract::{
        Body, CurrentUser, IdempotencyKeyHeader, MaybeJson, PathId, PathText, RequestProvenance,
        answer, answered,
    },
    ordering::dto::Order,
    services::App,
};

/// The answer to a begun attempt; also kept for its idempotency key.
fn created(payment: &PaymentView) -> StoredResponse {
    answer(201, format!("/api/v1/payments/{}", payment.id), &Payment::from(payment))
}

/// Begin to pay an order
///
/// While an attempt is under way, another one is refused and names it. The body may be empty.
#[utoipa::path(post, path = "/api/v1/payments/orders/{order_id}", operation_id = "createPayment", tag = "payments",
    params(("order_id" = Uuid, Path, description = "Identity of the order")),
    request_body = Option<CreatePaymentRequest>,
    responses((status = 201, description = "The attempt", body = Payment)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    order: PathId,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
    body: MaybeJson<CreatePaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let provider = match &body.value.provider {
        None => None,
        Some(name) => Some(ProviderName::parse(name).ok_or(CreatePaymentError::UnknownProvider)?),
    };
    let capture = match &body.value.capture {
        None => None,
        Some(mode) => {
            user.0.require(Permission::PaymentsWrite)?;
            let unknown =
                || ApiError::invalid_body("/capture", "invalid", "automatic or manual is wanted");
            Some(CaptureMode::parse(mode).ok_or_else(unknown)?)
        }
    };
    let command = CreatePaymentCommand {
        actor: user.0,
        order: OrderId::new(order.0),
        provider,
        capture,
        idempotency: key.bind("create_payment", &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    answered(app.services.create_payment.execute(command).await?, created)
}

/// One attempt to pay
#[utoipa::path(get, path = "/api/v1/payments/{id}", operation_id = "getPayment", tag = "payments",
    params(("id" = Uuid, Path, description = "Identity of the attempt")),
    responses((status = 200, description = "The attempt", body = Payment)))]
pub(crate) async fn one(app: App, user: CurrentUser, id: PathId) -> Result<HttpResponse, ApiError> {
    let payment = app
        .services
        .payments
        .payment(PaymentId::new(id.0), user.0.scope(Permission::OrdersRead))
        .await?;
    match payment {
        Some(payment) => Ok(HttpResponse::Ok().json(Payment::from(&payment))),
        None => Err(WebhookError::UnknownPayment.into()),
    }
}

/// The answer to something that was done with an attempt; also kept for its idempotency key.
fn operated(payment: &PaymentView) -> StoredResponse {
    answer(200, None, &Payment::from(payment))
}

async fn operate(
    app: &App,
    command: OperatePaymentCommand,
    done: AttemptStatus,
) -> Result<HttpResponse, ApiError> {
    answered(app.services.operate_payment.execute(command).await?, |payment| {
        let answer = operated(payment);
        let status = if payment.status == done { answer.status } else { 202 };
        StoredResponse { status, ..answer }
    })
}

/// Take the money a payment set aside
///
/// All of it, once. When the provider does not answer in time, 202 tells that it stays asked.
#[utoipa::path(post, path = "/api/v1/payments/{id}/capture", operation_id = "capturePayment", tag = "payments",
    params(("id" = Uuid, Path, description = "Identity of the attempt")),
    responses((status = 200, description = "The money was taken", body = Payment),
        (status = 202, description = "The provider has not answered yet", body = Payment)))]
pub(crate) async fn capture(
    app: App,
    user: CurrentUser,
    id: PathId,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = OperatePaymentCommand {
        actor: user.0,
        payment: PaymentId::new(id.0),
        kind: OperationKind::Capture,
        idempotency: key.bind("capture_payment", &user.0, id.0.as_bytes(), operated),
        provenance: provenance.0,
    };
    operate(&app, command, AttemptStatus::Succeeded).await
}

/// End a payment before its money is taken
///
/// What was set aside is let go of. When the provider does not answer in time, 202 tells that it
/// stays asked.
#[utoipa::path(post, path = "/api/v1/payments/{id}/void", operation_id = "voidPayment", tag = "payments",
    params(("id" = Uuid, Path, description = "Identity of the attempt")),
    responses((status = 200, description = "The payment has ended", body = Payment),
        (status = 202, description = "The provider has not answered yet", body = Payment)))]
pub(crate) async fn void(
    app: App,
    user: CurrentUser,
    id: PathId,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = OperatePaymentCommand {
        actor: user.0,
        payment: PaymentId::new(id.0),
        kind: OperationKind::Void,
        idempotency: key.bind("void_payment", &user.0, id.0.as_bytes(), operated),
        provenance: provenance.0,
    };
    operate(&app, command, AttemptStatus::Canceled).await
}

/// The answer to a refund of one payment is its order's; also kept for its idempotency key.
fn refunded(order: &OrderView) -> StoredResponse {
    answer(200, None, &Order::from(order))
}

/// Give money of one payment back
///
/// As the refund of its order, but from this payment alone.
#[utoipa::path(post, path = "/api/v1/payments/{id}/refund", operation_id = "refundPayment", tag = "payments",
    params(("id" = Uuid, Path, description = "Identity of the attempt")),
    request_body = Option<RefundRequest>,
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn refund(
    app: App,
    user: CurrentUser,
    id: PathId,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
    body: MaybeJson<RefundRequest>,
) -> Result<HttpResponse, ApiError> {
    let id = PaymentId::new(id.0);
    let payment = app.services.payments.payment(id, None).await?;
    let payment = payment.ok_or(RefundOrderError::NotFound)?;
    let command = RefundOrderCommand {
        actor: user.0,
        of: RefundOf::Payment(id),
        amount: body.value.amount_in(payment.amount.currency)?,
        idempotency: key.bind("refund_order", &user.0, &body.raw, refunded),
        provenance: provenance.0,
    };
    answered(app.services.refund_order.execute(command).await?, refunded)
}

/// Take a provider's report
///
/// Signed by the provider over the raw bytes. Reporting one thing again changes nothing.
#[utoipa::path(post, path = "/api/v1/payments/webhook/{provider}", operation_id = "receiveWebhook", tag = "payments",
    params(("provider" = String, Path, description = "Name of the provider", min_length = 1, max_length = 32, example = "mock")),
    request_body(content = Object, content_type = "application/json", example = json!({
        "event_id": "evt_1", "provider_payment_id": "mock_1", "status": "paid", "amount": "107.99", "currency": "RUB" })),
    responses((status = 200, description = "Noted", body = WebhookAnswer)))]
pub(crate) async fn webhook(
    app: App,
    request: HttpRequest,
    provider: PathText,
    provenance: RequestProvenance,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let command = ReceiveWebhookCommand {
        provider: provider.0,
        request: WebhookRequest { headers: signing_headers(&request), body: body.0.to_vec() },
        provenance: provenance.0,
    };
    let status = match app.services.receive_webhook.execute(command).await? {
        WebhookReceipt::Noted => "noted",
        WebhookReceipt::Duplicate => "duplicate",
        WebhookReceipt::Parked => "parked",
    };
    Ok(HttpResponse::Ok().json(WebhookAnswer { status }))
}

/// The headers a signature is made of; a header that is sent twice is left out, so that nobody can
/// choose which one is believed.
fn signing_headers(request: &HttpRequest) -> Vec<(String, String)> {
    let headers = request.headers();
    let matters = |name: &str| name.starts_with("webhook-") || name.ends_with("-signature");
    headers
        .keys()
        .filter(|name| matters(name.as_str()) && headers.get_all(*name).count() == 1)
        .filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect()
}
