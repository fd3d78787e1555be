//! How often callers may come. What keeps this process from being overrun is counted in it, for
//! every request; what keeps passwords from being guessed is counted with all others.

use std::{fmt::Write, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use domain::{
    identity::UserId,
    shared::limiter::{Decision, Quota},
};

use crate::{
    error::ApiError,
    extract::address_of,
    routes::{Limit, Operation},
    services::App,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How often callers may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Reading, by address.
    pub reads: Quota,
    /// Reading by whoever is signed in, by account.
    pub signed_in: Quota,
    /// Writing, by account, or by address where nobody is signed in.
    pub writes: Quota,
    /// Placing orders, by account.
    pub orders: Quota,
    /// Logging in, by address, a minute.
    pub login_minute: Quota,
    /// Logging in, by address, an hour.
    pub login_hour: Quota,
    /// Making accounts, by address, a minute.
    pub register_minute: Quota,
    /// Making accounts, by address, an hour.
    pub register_hour: Quota,
    /// Refreshing sessions, by address.
    pub refresh: Quota,
    /// Asking for mails with tokens, by address, a minute.
    pub mail_minute: Quota,
    /// Asking for mails with tokens, by address, an hour.
    pub mail_hour: Quota,
}

/// How many calls a second, and how many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second.
    pub per_second: u32,
    /// Calls at once.
    pub burst: u32,
}

impl RateLimits {
    /// The same with other rates.
    #[must_use]
    pub fn rates(mut self, reads: Rate, signed_in: Rate, writes: Rate) -> Self {
        self.reads = Quota::per_second("reads", reads.per_second, reads.burst);
        self.signed_in = Quota::per_second("signed-in", signed_in.per_second, signed_in.burst);
        self.writes = Quota::per_second("writes", writes.per_second, writes.burst);
        self
    }

    /// The same with `per_minute` orders.
    #[must_use]
    pub fn orders(mut self, per_minute: u32) -> Self {
        self.orders = Quota::per_window("orders", per_minute, MINUTE);
        self
    }

    /// The same with other numbers of calls to what needs no account: logging in, making accounts
    /// and asking for mails each, and `refreshes` a minute.
    #[must_use]
    pub fn doors(mut self, per_minute: u32, per_hour: u32, refreshes: u32) -> Self {
        self.login_minute = Quota::per_window("login-minute", per_minute, MINUTE);
        self.login_hour = Quota::per_window("login-hour", per_hour, HOUR);
        self.register_minute = Quota::per_window("register-minute", per_minute, MINUTE);
        self.register_hour = Quota::per_window("register-hour", per_hour, HOUR);
        self.mail_minute = Quota::per_window("mail-minute", per_minute, MINUTE);
        self.mail_hour = Quota::per_window("mail-hour", per_hour, HOUR);
        self.refresh = Quota::per_window("refresh", refreshes, MINUTE);
        self
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        let nothing = Quota { name: "", burst: 1, period: Duration::ZERO };
        Self {
            reads: nothing,
            signed_in: nothing,
            writes: nothing,
            orders: nothing,
            login_minute: nothing,
            login_hour: nothing,
            register_minute: nothing,
            register_hour: nothing,
            refresh: nothing,
            mail_minute: nothing,
            mail_hour: nothing,
        }
        .rates(
            Rate { per_second: 20, burst: 100 },
            Rate { per_second: 50, burst: 200 },
            Rate { per_second: 5, burst: 20 },
        )
        .orders(10)
        .doors(10, 100, 60)
    }
}

/// What was counted for a request, for its headers.
#[derive(Default)]
pub(crate) struct Counted(Vec<(Quota, Decision)>);

/// Counts a request against what its kind of operation is limited by.
///
/// # Errors
/// 429 when it was one too many.
pub(crate) async fn enforce(
    app: &App,
    operation: &Operation,
    request: &HttpRequest,
    user: Option<UserId>,
) -> Result<(), ApiError> {
    if !app.settings.rate_limit_enabled {
        return Ok(());
    }
    let limits = &app.settings.rate_limits;
    let key = || user.map_or_else(|| address_of(request), |user| user.to_string());
    let mut counted = Counted::default();
    let general = match operation.limit {
        Limit::Unlimited => return Ok(()),
        Limit::Reads if user.is_some() => &limits.signed_in,
        Limit::Reads => &limits.reads,
        Limit::Writes | Limit::Orders => &limits.writes,
    };
    let key = key();
    let mut last = app.services.local_limiter.count(general, &key);
    counted.0.push((*general, last));
    if operation.limit == Limit::Orders && last.is_allowed() {
        last = app.services.limiter.check(&limits.orders, &key).await;
        counted.0.push((limits.orders, last));
    }
    request.extensions_mut().insert(counted);
    last.retry_after.map_or(Ok(()), |after| Err(ApiError::rate_limited(after)))
}

/// Counts one call of `key` against `quota`, all processes together.
///
/// # Errors
/// 429 when it was one too many.
pub(crate) async fn count(
    app: &App,
    request: &HttpRequest,
    quota: &Quota,
    key: &str,
) -> Result<(), ApiError> {
    if !app.settings.rate_limit_enabled {
        return Ok(());
    }
    let decision = app.services.limiter.check(quota, key).await;
    let mut extensions = request.extensions_mut();
    if let Some(counted) = extensions.get_mut::<Counted>() {
        counted.0.push((*quota, decision));
    } else {
        extensions.insert(Counted(vec![(*quota, decision)]));
    }
    decision.retry_after.map_or(Ok(()), |after| Err(ApiError::rate_limited(after)))
}

/// Counts one knock of the caller's address against each of `quotas`.
///
/// # Errors
/// 429 when it was one too many.
pub(crate) async fn knock(
    app: &App,
    request: &HttpRequest,
    quotas: &[Quota],
) -> Result<(), ApiError> {
    let address = address_of(request);
    for quota in quotas {
        count(app, request, quota, &address).await?;
    }
    Ok(())
}

/// Says what the caller is allowed and what is left of it
/// (draft-ietf-httpapi-ratelimit-headers-10).
pub(crate) fn tell(headers: &mut HeaderMap, counted: &Counted) {
    let (mut policies, mut states) = (String::new(), String::new());
    for (quota, decision) in &counted.0 {
        let Quota { name, burst, .. } = quota;
        let (window, reset) = (whole_seconds(quota.window()), whole_seconds(decision.reset));
        let comma = if policies.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(policies, "{comma}\"{name}\";q={burst};w={}", window.max(1));
        let _ = write!(states, "{comma}\"{name}\";r={};t={reset}", decision.remaining);
    }
    for (name, value) in [("ratelimit-policy", policies), ("ratelimit", states)] {
        match HeaderValue::try_from(value) {
            Ok(value) => drop(headers.insert(HeaderName::from_static(name), value)),
            Err(error) => tracing::error!(%error, name, "a header was not rendered"),
        }
    }
}

/// Rounded up: who waits this long has waited long enough.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
