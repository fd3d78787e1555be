//! How often the doors may be knocked at; counted before anything is looked up.

use std::time::Duration;

use domain::{
    identity::login_key,
    shared::limiter::{Decision, Quota},
};
use sha2::{Digest, Sha256};

use crate::{error::ApiError, services::App};

const EVERY_SIX_SECONDS: Duration = Duration::from_secs(6);

/// Logging in, by address: 10 a minute.
pub(crate) const LOGIN_BY_ADDRESS: Quota =
    Quota { name: "login_address", burst: 10, period: EVERY_SIX_SECONDS };
/// Logging in, by account: 10 a minute.
pub(crate) const LOGIN_BY_ACCOUNT: Quota =
    Quota { name: "login_account", burst: 10, period: EVERY_SIX_SECONDS };
/// Making accounts, by address: 10 a minute.
pub(crate) const REGISTER_BY_ADDRESS: Quota =
    Quota { name: "register_address", burst: 10, period: EVERY_SIX_SECONDS };

/// Counts one call of `key`.
///
/// # Errors
/// 429 when it was one too many.
pub(crate) async fn count(app: &App, quota: &Quota, key: &str) -> Result<(), ApiError> {
    if !app.settings.rate_limit_enabled {
        return Ok(());
    }
    match app.services.limiter.check(quota, key).await {
        Decision::Allowed => Ok(()),
        Decision::RetryAfter(after) => Err(ApiError::rate_limited(after)),
    }
}

/// The key of an account: no address or name leaves the process for the sake of counting.
pub(crate) fn account_key(login: &str) -> String {
    let digest = Sha256::digest(login_key(login).as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
