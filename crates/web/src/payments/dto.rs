use domain::{
    payments::{AttemptStatus, CaptureMode, PaymentView, ProviderName},
    shared::money::{Currency, Money, MoneyError},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{is_decimal, present},
};

/// How an order is to be paid.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatePaymentRequest {
    /// Who moves the money; by default the configured provider.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 32, example = "mock")]
    pub(crate) provider: Option<String>,
    /// When the money is taken; as the store is configured when absent. Only staff may choose.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 32,
        pattern = "^(automatic|manual)$",
        example = "automatic"
    )]
    pub(crate) capture: Option<String>,
}

/// How much goes back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// In decimal form, in the currency of the payment; all that is left when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"^[0-9]*[1-9][0-9]*(\.[0-9]+)?$|^[0-9]+\.[0-9]*[1-9][0-9]*$",
        example = "10.00"
    )]
    pub(crate) amount: Option<String>,
}

impl RefundRequest {
    /// The amount as money.
    ///
    /// # Errors
    /// 422 when it is not an amount of `currency`.
    pub(crate) fn amount_in(&self, currency: Currency) -> Result<Option<Money>, ApiError> {
        let Some(text) = &self.amount else { return Ok(None) };
        let parsed = match is_decimal(text) {
            true => Money::parse(text, currency),
            false => Err(MoneyError::Malformed),
        };
        match parsed {
            Ok(amount) if amount.minor > 0 => Ok(Some(amount)),
            Ok(_) => {
                Err(ApiError::invalid_body("/amount", "too_small", "more than nothing is wanted"))
            }
            Err(error) => {
                let detail = error.to_string();
                Err(ApiError::from(error).at("/amount", "malformed", detail))
            }
        }
    }
}

/// How far an attempt to pay has come.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::payments::AttemptStatus")]
pub(crate) enum PaymentState {
    Created,
    Pending,
    RequiresAction,
    Authorized,
    Succeeded,
    Failed,
    Canceled,
    Expired,
    Conflicted,
}

/// When the money of an attempt is taken.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::payments::CaptureMode")]
pub(crate) enum CaptureChoice {
    Automatic,
    Manual,
}

/// One attempt to pay an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payment {
    /// Identity.
    pub(crate) id: Uuid,
    /// What is paid.
    pub(crate) order_id: Uuid,
    /// How much, in decimal form.
    #[schema(example = "215.98")]
    pub(crate) amount: String,
    /// ISO 4217 code of every amount.
    #[schema(example = "RUB")]
    pub(crate) currency: &'static str,
    /// Who moves the money.
    #[schema(value_type = String, example = "mock")]
    pub(crate) provider: ProviderName,
    /// When the money is taken.
    #[schema(value_type = CaptureChoice)]
    pub(crate) capture: CaptureMode,
    /// How far it has come.
    #[schema(value_type = PaymentState)]
    pub(crate) status: AttemptStatus,
    /// The provider's own name for it.
    pub(crate) provider_payment_id: Option<String>,
    /// Where the customer pays.
    pub(crate) checkout_url: Option<String>,
    /// Why the provider said no.
    pub(crate) fail_reason: Option<String>,
    /// Taken, in decimal form.
    #[schema(example = "0.00")]
    pub(crate) captured: String,
    /// Given back, in decimal form.
    #[schema(example = "0.00")]
    pub(crate) refunded: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<&PaymentView> for Payment {
    fn from(payment: &PaymentView) -> Self {
        Self {
            id: payment.id.raw(),
            order_id: payment.order.raw(),
            amount: payment.amount.to_string(),
            currency: payment.amount.currency.code(),
            provider: payment.provider,
            capture: payment.capture,
            status: payment.status,
            provider_payment_id: payment.provider_payment_id.clone(),
            checkout_url: payment.checkout_url.clone(),
            fail_reason: payment.fail_reason.clone(),
            captured: payment.captured.to_string(),
            refunded: payment.refunded.to_string(),
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}

/// What became of a webhook.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookAnswer {
    /// `noted`, `duplicate` when it was noted before, or `parked` until the payment is known.
    #[schema(pattern = "^(noted|duplicate|parked)$", example = "noted")]
    pub(crate) status: &'static str,
}

/// What a provider reports of a payment, in the words of the mock provider.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what infra-payments reads")]
pub(crate) struct PaymentReport {
    /// Name of the report; the same thing reported again has the same.
    #[schema(min_length = 1, max_length = 255, example = "evt_1")]
    event_id: String,
    /// The provider's own name for the payment.
    #[schema(min_length = 1, max_length = 255, example = "mock_1")]
    provider_payment_id: String,
    /// How far it has come.
    #[schema(value_type = ReportedState)]
    status: ReportedState,
    /// How much, in decimal form.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20, example = "107.99")]
    amount: String,
    /// ISO 4217 code of the amount.
    #[schema(pattern = "^[A-Z]{3}$", min_length = 3, max_length = 3, example = "RUB")]
    currency: String,
}

/// What a payment can be reported as.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the words infra-payments reads")]
pub(crate) enum ReportedState {
    Created,
    Pending,
    RequiresAction,
    Authorized,
    Succeeded,
    Paid,
    Failed,
    Canceled,
    Cancelled,
}
