//! Domain errors on their way out; most need nothing but their kind and code.

use std::time::Duration;

use actix_web::http::StatusCode;
use domain::{
    catalogue::{ProductRefused, WriteCategoryError, WriteProductError},
    content::WritePostError,
    identity::{
        ApiKeyError, AuthenticateError, EmailTokenError, LogInError, LogOutError, RefreshError,
        RegisterError, ResetPasswordError, StepUpError, TooManyTries, UserError,
    },
    inventory::{SetStockError, Shortage, StockPromised},
    messaging::{DeadLetterError, MailError},
    ordering::{
        CancelOrderError, EditOrderError, FulfilOrderError, InvalidTransition, OrderCommand,
        PlaceOrderError, ShipRefused, TermsRefused, WriteCouponError,
    },
    payments::{CreatePaymentError, OperatePaymentError, RefundOrderError, WebhookError},
    shared::{
        actor::Forbidden,
        error::{Coded, StoreError},
        idempotency::IdempotencyError,
        money::MoneyError,
    },
};
use serde::Serialize;
use uuid::Uuid;

use super::ApiError;
use crate::payments::dto::Payment;

macro_rules! plainly {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::coded(error)
            }
        })+
    };
}

plainly!(
    ApiKeyError,
    DeadLetterError,
    EmailTokenError,
    LogOutError,
    RefreshError,
    StoreError,
    MoneyError,
    Forbidden
);

impl From<TooManyTries> for ApiError {
    fn from(error: TooManyTries) -> Self {
        let wait = error.retry_after();
        Self::coded(error).retry_after(wait)
    }
}

impl From<LogInError> for ApiError {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::TooManyTries(error) => error.into(),
            error => Self::coded(error),
        }
    }
}

impl From<AuthenticateError> for ApiError {
    fn from(error: AuthenticateError) -> Self {
        let refused =
            matches!(error, AuthenticateError::BadToken | AuthenticateError::SessionRevoked);
        let failure = Self::coded(error);
        if refused { failure.challenge(r#"Bearer error="invalid_token""#) } else { failure }
    }
}

impl From<StepUpError> for ApiError {
    fn from(error: StepUpError) -> Self {
        if let StepUpError::TooManyTries(error) = error {
            return error.into();
        }
        let is_wrong = matches!(error, StepUpError::BadPassword);
        let failure = Self::coded(error);
        let code = failure.code();
        if is_wrong { failure.at("/password", code, "wrong password") } else { failure }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        let field = match &error {
            RegisterError::Password(refused) => Some(("/password", refused.to_string())),
            RegisterError::EmailTaken => Some(("/email", error.to_string())),
            RegisterError::UsernameTaken => Some(("/username", error.to_string())),
            _ => None,
        };
        let failure = Self::coded(error);
        let code = failure.code();
        match field {
            Some((pointer, detail)) => failure.at(pointer, code, detail),
            None => failure,
        }
    }
}

impl From<ResetPasswordError> for ApiError {
    fn from(error: ResetPasswordError) -> Self {
        let refused = match &error {
            ResetPasswordError::Password(refused) => Some(refused.to_string()),
            _ => None,
        };
        let failure = Self::coded(error);
        let code = failure.code();
        match refused {
            Some(detail) => failure.at("/password", code, detail),
            None => failure,
        }
    }
}

impl From<WriteProductError> for ApiError {
    fn from(error: WriteProductError) -> Self {
        use WriteProductError as E;
        let pointer = match &error {
            E::SlugTaken => Some("/slug"),
            E::SkuTaken => Some("/sku"),
            E::CategoryAmbiguous => Some("/category_name"),
            E::NoCurrency => Some("/currency"),
            E::Money(_) | E::Refused(ProductRefused::NoPrice | ProductRefused::NegativePrice) => {
                Some("/price")
            }
            _ => None,
        };
        let running = matches!(error, E::Idempotency(IdempotencyError::InProgress));
        match error {
            E::Promised(promised) => promised_already(promised),
            error => pointed(error, pointer, running),
        }
    }
}

/// The problem that units were promised, with how many.
fn promised_already(promised: StockPromised) -> ApiError {
    let StockPromised { reserved, allocated } = promised;
    let failure = ApiError::coded(WriteProductError::from(promised));
    failure.member("reserved", &reserved).member("allocated", &allocated)
}

impl From<WriteCategoryError> for ApiError {
    fn from(error: WriteCategoryError) -> Self {
        use WriteCategoryError as E;
        let pointer = match &error {
            E::SlugTaken => Some("/slug"),
            E::ParentNotFound | E::Cycle | E::TooDeep => Some("/parent_id"),
            _ => None,
        };
        let running = matches!(error, E::Idempotency(IdempotencyError::InProgress));
        pointed(error, pointer, running)
    }
}

impl From<WritePostError> for ApiError {
    fn from(error: WritePostError) -> Self {
        use WritePostError as E;
        let pointer = match &error {
            E::SlugTaken => Some("/slug"),
            E::TooComplex(_) => Some("/body"),
            _ => None,
        };
        let running = matches!(error, E::Idempotency(IdempotencyError::InProgress));
        pointed(error, pointer, running)
    }
}

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        if let UserError::TooManyTries(error) = error {
            return error.into();
        }
        let pointer = match &error {
            UserError::EmailTaken => Some("/email"),
            UserError::UsernameTaken => Some("/username"),
            UserError::NotOnStaff => Some("/permissions"),
            UserError::WrongPassword => Some("/current_password"),
            _ => None,
        };
        pointed(error, pointer, false)
    }
}

/// The failure at the field of the body it is about; a request that still runs may be asked again.
fn pointed(error: impl Coded, pointer: Option<&'static str>, running: bool) -> ApiError {
    let detail = error.to_string();
    let mut failure = ApiError::coded(error);
    if let Some(pointer) = pointer {
        let code = failure.code();
        failure = failure.at(pointer, code, detail);
    }
    if running { failure.retry_after(Duration::from_secs(1)) } else { failure }
}

/// One line that cannot be had.
#[derive(Serialize)]
struct Short {
    variant_id: Uuid,
    wanted: i64,
    left: i64,
}

fn named(shortages: &[Shortage]) -> Vec<Short> {
    let short = |short: &Shortage| Short {
        variant_id: short.variant.raw(),
        wanted: short.wanted,
        left: short.left,
    };
    shortages.iter().map(short).collect()
}

impl From<PlaceOrderError> for ApiError {
    fn from(error: PlaceOrderError) -> Self {
        let line = match &error {
            PlaceOrderError::Quantity { line }
            | PlaceOrderError::UnknownProduct { line, .. }
            | PlaceOrderError::NotSold { line, .. }
            | PlaceOrderError::NoPrice { line, .. } => Some((*line, error.to_string())),
            PlaceOrderError::LineCount
            | PlaceOrderError::OutOfStock(_)
            | PlaceOrderError::Coupon(_)
            | PlaceOrderError::Money(_)
            | PlaceOrderError::Idempotency(_)
            | PlaceOrderError::Store(_) => None,
        };
        let coupon = match &error {
            PlaceOrderError::Coupon(refused) => Some(refused.to_string()),
            _ => None,
        };
        let shortages = match &error {
            PlaceOrderError::OutOfStock(all) => Some(named(all)),
            _ => None,
        };
        let running = matches!(error, PlaceOrderError::Idempotency(IdempotencyError::InProgress));
        let mut failure = Self::coded(error);
        if let Some((line, detail)) = line {
            let code = failure.code();
            failure = failure.at(format!("/items/{line}"), code, detail);
        }
        if let Some(detail) = coupon {
            let code = failure.code();
            failure = failure.at("/promo_code", code, detail);
        }
        if let Some(shortages) = shortages {
            failure = failure.member("shortages", &shortages);
        }
        if running { failure.retry_after(Duration::from_secs(1)) } else { failure }
    }
}

impl From<WriteCouponError> for ApiError {
    fn from(error: WriteCouponError) -> Self {
        let pointer = match &error {
            WriteCouponError::CodeTaken => Some("/code"),
            WriteCouponError::Terms(TermsRefused::Percent) => Some("/percent"),
            WriteCouponError::Terms(TermsRefused::Amount) => Some("/amount"),
            WriteCouponError::Terms(TermsRefused::Minimum) => Some("/minimum"),
            WriteCouponError::Terms(TermsRefused::Window) => Some("/ends_at"),
            WriteCouponError::Terms(TermsRefused::Limit | TermsRefused::Used { .. }) => {
                Some("/total_limit")
            }
            _ => None,
        };
        let running = matches!(error, WriteCouponError::Idempotency(IdempotencyError::InProgress));
        pointed(error, pointer, running)
    }
}

/// What an order in its state takes. What was just refused is not on offer, whoever else may do it.
fn allowed(refused: InvalidTransition) -> Vec<&'static str> {
    let allowed = refused.from.allowed().filter(|command| *command != refused.command);
    allowed.map(OrderCommand::as_str).collect()
}

impl From<SetStockError> for ApiError {
    fn from(error: SetStockError) -> Self {
        match error {
            SetStockError::Promised(promised) => promised_already(promised),
            error => Self::coded(error),
        }
    }
}

impl From<EditOrderError> for ApiError {
    fn from(error: EditOrderError) -> Self {
        match error {
            EditOrderError::Lines(error) => error.into(),
            EditOrderError::Transition(refused) => {
                Self::coded(refused).member("allowed", &allowed(refused))
            }
            error => Self::coded(error),
        }
    }
}

impl From<CancelOrderError> for ApiError {
    fn from(error: CancelOrderError) -> Self {
        let allowed = match &error {
            CancelOrderError::Transition(refused) => Some(allowed(*refused)),
            CancelOrderError::NotFound | CancelOrderError::Store(_) => None,
        };
        let failure = Self::coded(error);
        match allowed {
            Some(allowed) => failure.member("allowed", &allowed),
            None => failure,
        }
    }
}

impl From<FulfilOrderError> for ApiError {
    fn from(error: FulfilOrderError) -> Self {
        let field = match &error {
            FulfilOrderError::Ship(ShipRefused::UnknownLine { at }) => Some((*at, "line_id")),
            FulfilOrderError::Ship(ShipRefused::Quantity { at, .. }) => Some((*at, "quantity")),
            _ => None,
        };
        let refused = match &error {
            FulfilOrderError::Transition(refused) => Some(allowed(*refused)),
            _ => None,
        };
        let shortages = match &error {
            FulfilOrderError::NotOnHand(all) => Some(named(all)),
            _ => None,
        };
        let detail = error.to_string();
        let mut failure = Self::coded(error);
        if let Some((at, field)) = field {
            let code = failure.code();
            failure = failure.at(format!("/items/{at}/{field}"), code, detail);
        }
        if let Some(allowed) = refused {
            failure = failure.member("allowed", &allowed);
        }
        if let Some(shortages) = shortages {
            failure = failure.member("shortages", &shortages);
        }
        failure
    }
}

impl From<RefundOrderError> for ApiError {
    fn from(error: RefundOrderError) -> Self {
        let refused = match &error {
            RefundOrderError::Transition(refused) => Some(allowed(*refused)),
            _ => None,
        };
        let left = match &error {
            RefundOrderError::Amount { left } => Some(left.to_string()),
            _ => None,
        };
        let running = matches!(error, RefundOrderError::Idempotency(IdempotencyError::InProgress));
        let mut failure = Self::coded(error);
        if let Some(allowed) = refused {
            failure = failure.member("allowed", &allowed);
        }
        if let Some(left) = left {
            failure = failure.member("left", &left);
        }
        if running { failure.retry_after(Duration::from_secs(1)) } else { failure }
    }
}

impl From<CreatePaymentError> for ApiError {
    fn from(error: CreatePaymentError) -> Self {
        let active = match &error {
            CreatePaymentError::AlreadyActive(payment) => Some(Payment::from(&**payment)),
            _ => None,
        };
        let running =
            matches!(error, CreatePaymentError::Idempotency(IdempotencyError::InProgress));
        let mut failure = Self::coded(error);
        if let Some(payment) = active {
            failure = failure.member("payment", &payment);
        }
        if running { failure.retry_after(Duration::from_secs(1)) } else { failure }
    }
}

impl From<OperatePaymentError> for ApiError {
    fn from(error: OperatePaymentError) -> Self {
        let running =
            matches!(error, OperatePaymentError::Idempotency(IdempotencyError::InProgress));
        let failure = Self::coded(error);
        if running { failure.retry_after(Duration::from_secs(1)) } else { failure }
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        let unsigned = matches!(error, WebhookError::Signature(_));
        let failure = Self::coded(error);
        if unsigned { failure.challenge("Webhook-Signature") } else { failure }
    }
}

impl From<MailError> for ApiError {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Render(cause) => Self::internal(cause),
            MailError::Transport(cause) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "mailbox_unavailable", "")
                    .retry_after(Duration::from_secs(1))
                    .caused_by(cause)
            }
        }
    }
}

/// What the framework itself refuses, and anything else without a code of its own.
pub(crate) fn by_status(status: StatusCode) -> ApiError {
    let (code, detail) = match status {
        StatusCode::BAD_REQUEST => ("bad_request", "The request cannot be read."),
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address."),
        StatusCode::REQUEST_TIMEOUT => ("request_timeout", "The request took too long to arrive."),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The request body is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "unsupported_media_type",
            "The media type of the request body is not taken here, or it is packed.",
        ),
        status if status.is_server_error() => ("internal", ""),
        _ => ("bad_request", "The request was refused."),
    };
    ApiError::new(status, code, detail)
}
