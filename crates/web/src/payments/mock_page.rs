use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::payments::{
    AttemptStatus, CheckoutChoice, PaymentId, PaymentView, ProviderName, ReceiveWebhookCommand,
    WebhookError, WebhookReceipt,
};
use serde::Serialize;

use super::dto::Payment;
use crate::{
    error::ApiError,
    extract::{Body, PathId, RequestProvenance},
    pages,
    services::App,
};

/// What the checkout page shows.
#[derive(Serialize)]
struct Checkout {
    payment: Payment,
    open: bool,
    challenged: bool,
    /// Name of the words for what became of a choice.
    outcome: Option<&'static str>,
}

async fn find(app: &App, id: PathId) -> Result<PaymentView, ApiError> {
    if !app.settings.mock_pages {
        return Err(ApiError::unknown_route());
    }
    let payment = app.services.payments.payment(PaymentId::new(id.0), None).await?;
    let ours = payment.filter(|payment| payment.provider == ProviderName::Mock);
    ours.ok_or_else(|| WebhookError::UnknownPayment.into())
}

fn page(
    app: &App,
    request: &HttpRequest,
    payment: &PaymentView,
    outcome: Option<&'static str>,
) -> Result<HttpResponse, ApiError> {
    let open = payment.status.is_active();
    let challenged = payment.status == AttemptStatus::RequiresAction;
    let content = Checkout { payment: Payment::from(payment), open, challenged, outcome };
    pages::show(app, request, "checkout.html", content)
}

/// The mock provider's checkout page.
pub(crate) async fn show(
    app: App,
    request: HttpRequest,
    id: PathId,
) -> Result<HttpResponse, ApiError> {
    page(&app, &request, &find(&app, id).await?, None)
}

/// Does on the mock provider's page what the customer chose, as the provider would: by signed
/// webhooks.
pub(crate) async fn choose(
    app: App,
    request: HttpRequest,
    id: PathId,
    provenance: RequestProvenance,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let choice = chosen(&body.0)?;
    let raw = id.0;
    let payment = find(&app, id).await?;
    if payment.provider_payment_id.is_none() {
        let detail = "The provider does not know this payment yet.";
        return Err(ApiError::new(StatusCode::CONFLICT, "payment_not_ready", detail));
    }
    let now = app.services.clock.now();
    let reports = app.services.mock_checkout.choose(choice, &payment, now).await;
    let reports = reports.map_err(ApiError::internal)?;
    let is_silent = reports.is_empty();
    let mut receipts = Vec::with_capacity(reports.len());
    for report in reports {
        let provider = ProviderName::Mock.as_str().to_owned();
        let provenance = provenance.0.clone();
        let command = ReceiveWebhookCommand { provider, request: report, provenance };
        receipts.push(app.services.receive_webhook.execute(command).await?);
    }
    let outcome = if is_silent {
        "mock_not_told"
    } else if receipts.contains(&WebhookReceipt::Duplicate) {
        "mock_told_again"
    } else {
        "mock_told"
    };
    page(&app, &request, &find(&app, PathId(raw)).await?, Some(outcome))
}

fn chosen(body: &[u8]) -> Result<CheckoutChoice, ApiError> {
    let text = String::from_utf8_lossy(body);
    let pairs = web::Query::<Vec<(String, String)>>::from_query(&text).map_err(|error| {
        ApiError::malformed("malformed_form", "The form cannot be read.")
            .caused_by(error.to_string())
    })?;
    let value = pairs.iter().find(|(name, _)| name == "choice").map(|(_, value)| value.as_str());
    value.and_then(CheckoutChoice::parse).ok_or_else(|| {
        let known: Vec<&str> = CheckoutChoice::ALL.iter().map(|choice| choice.as_str()).collect();
        let detail = format!("one of {} is wanted", known.join(", "));
        ApiError::invalid_body("/choice", "invalid", detail)
    })
}
