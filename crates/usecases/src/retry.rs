use std::future::Future;

use domain::{
    catalogue::{WriteCategoryError, WriteProductError},
    content::WritePostError,
    identity::{
        ApiKeyError, EmailTokenError, LogInError, LogOutError, RefreshError, RegisterError,
        ResetPasswordError, StepUpError, UserError,
    },
    inventory::SetStockError,
    messaging::DeadLetterError,
    ordering::{CancelOrderError, FulfilOrderError, PlaceOrderError, WriteCouponError},
    payments::{
        CreatePaymentError, ExecuteRefundError, OperatePaymentError, RefundOrderError,
        ResolveError, WebhookError,
    },
    shared::error::StoreError,
};

/// How often a unit of work that lost a race is run again.
const MAX_ATTEMPTS: u32 = 5;

/// Tells [`retry_lost_races`] whether running again can help.
pub(crate) trait LostRace {
    /// True when another writer won and nothing was written.
    fn lost_race(&self) -> bool;
}

impl LostRace for StoreError {
    fn lost_race(&self) -> bool {
        self.is_retryable()
    }
}

macro_rules! lost_race {
    ($($error:ty),+ $(,)?) => {$(
        impl LostRace for $error {
            fn lost_race(&self) -> bool {
                matches!(self, Self::Store(error) if error.lost_race())
            }
        }
    )+};
}

lost_race!(
    DeadLetterError,
    WritePostError,
    RegisterError,
    LogInError,
    RefreshError,
    LogOutError,
    StepUpError,
    SetStockError,
    UserError,
    EmailTokenError,
    ResetPasswordError,
    ApiKeyError,
    WriteCategoryError,
    WriteProductError,
    WriteCouponError,
    PlaceOrderError,
    CancelOrderError,
    CreatePaymentError,
    WebhookError,
    ExecuteRefundError,
    OperatePaymentError,
    ResolveError,
    FulfilOrderError,
    RefundOrderError,
);

impl LostRace for domain::ordering::EditOrderError {
    fn lost_race(&self) -> bool {
        matches!(self, Self::Lines(error) if error.lost_race())
    }
}

/// Runs `attempt` again while it loses races, a bounded number of times.
///
/// An attempt is one unit of work from begin to commit. It may run more than once, so its only
/// effects are the writes of that unit of work.
///
/// # Errors
/// The last error of `attempt`.
pub(crate) async fn retry_lost_races<T, E, F, Fut>(attempt: F) -> Result<T, E>
where
    E: LostRace,
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut tries = 1;
    loop {
        match attempt().await {
            Err(error) if error.lost_race() && tries < MAX_ATTEMPTS => tries += 1,
            outcome => return outcome,
        }
    }
}
