use std::future::Future;

use domain::{
    catalogue::{WriteCategoryError, WriteProductError},
    identity::{
        ApiKeyError, LogInError, LogOutError, RefreshError, RegisterError, StepUpError, UserError,
    },
    inventory::SetStockError,
    ordering::{CancelOrderError, FulfilOrderError, PlaceOrderError},
    payments::{CreatePaymentError, ExecuteRefundError, RefundOrderError, WebhookError},
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
    RegisterError,
    LogInError,
    RefreshError,
    LogOutError,
    StepUpError,
    SetStockError,
    UserError,
    ApiKeyError,
    WriteCategoryError,
    WriteProductError,
    PlaceOrderError,
    CancelOrderError,
    CreatePaymentError,
    WebhookError,
    ExecuteRefundError,
    FulfilOrderError,
    RefundOrderError,
);

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
