use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use shaku::Interface;
use time::OffsetDateTime;

use super::{Secret, SessionId, UserError, UserId};
use crate::{
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind},
        event::Provenance,
        limiter::{FailurePolicy, Quota},
    },
    typed_id,
};

typed_id!(
    /// A device somebody logged in from before.
    DeviceId
);

/// How often passwords may be tried against one account, or from one device that knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimits {
    /// Tries a minute.
    pub minute: Quota,
    /// Tries an hour.
    pub hour: Quota,
    /// What failing in a row brings.
    pub failures: FailurePolicy,
}

impl LoginLimits {
    /// `per_minute` and `per_hour` tries; after `free` failures in a row waits of 1 s, doubled up
    /// to 15 min, and none at all after `stop_at`.
    pub fn new(per_minute: u32, per_hour: u32, free: u32, stop_at: u32) -> Self {
        let failures = FailurePolicy {
            name: "login",
            free,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(15 * 60),
            stop_at,
            kept: Duration::from_secs(30 * 24 * 60 * 60),
        };
        Self {
            minute: Quota::per_window("login_account_minute", per_minute, Duration::from_secs(60)),
            hour: Quota::per_window("login_account_hour", per_hour, Duration::from_secs(3_600)),
            failures,
        }
    }
}

impl Default for LoginLimits {
    fn default() -> Self {
        Self::new(10, 100, 5, 100)
    }
}

/// Whose tries are counted together. No address or name is part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knocker(String);

impl Knocker {
    /// Whoever tries the account of `user`, by whatever name.
    pub fn account(user: UserId) -> Self {
        Self(format!("account:{user}"))
    }

    /// Whoever tries a name nobody has; counted as an account is.
    pub fn unknown(login_key: &str) -> Self {
        let digest = Sha256::digest(login_key.as_bytes());
        let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("account:{short}"))
    }

    /// A device that logged into the account of `user` before: what strangers do to the account
    /// does not hold it up.
    pub fn device(user: UserId, device: DeviceId) -> Self {
        Self(format!("device:{user}:{device}"))
    }

    /// Whoever holds `session` and is asked for the password again.
    pub fn session(session: SessionId) -> Self {
        Self(format!("session:{session}"))
    }

    /// The key of its counters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password is not looked at: too many were wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooManyTries {
    /// It may be tried again after this long.
    #[error("too many tries; try again later")]
    Wait(Duration),
    /// Only a new password or the staff helps.
    #[error("too many wrong passwords; set a new one by mail")]
    Stopped,
}

impl TooManyTries {
    /// When it makes sense to come back.
    pub const fn retry_after(&self) -> Duration {
        match self {
            Self::Wait(wait) => *wait,
            Self::Stopped => Duration::from_secs(60 * 60),
        }
    }
}

impl Coded for TooManyTries {
    fn kind(&self) -> ErrorKind {
        ErrorKind::RateLimited
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Wait(_) => "rate_limited",
            Self::Stopped => "login_blocked",
        }
    }
}

/// Slows down whoever guesses passwords.
#[async_trait]
pub trait LoginGuard: Interface {
    /// Counts one try, as a wrong one until [`forget`](Self::forget) or
    /// [`take_back`](Self::take_back) says otherwise.
    async fn admit(&self, knocker: &Knocker) -> Result<(), TooManyTries>;
    /// The try was neither right nor wrong: the password was not looked at.
    async fn take_back(&self, knocker: &Knocker);
    /// The password was right, or is a new one.
    async fn forget(&self, knocker: &Knocker);
}

/// What a device is recognised by when it logs in again. It proves nothing else.
pub trait DeviceTokens: Interface {
    /// For a device that just logged into the account of `user`.
    fn issue(&self, user: UserId, device: DeviceId, now: OffsetDateTime) -> Secret;
    /// Whose account it logged into, when the token is ours and not too old.
    fn verify(&self, token: &Secret, now: OffsetDateTime) -> Option<(UserId, DeviceId)>;
    /// How long a token is good.
    fn lifetime(&self) -> time::Duration;
}

/// Input of [`UnblockLogin`].
#[derive(Clone, Debug)]
pub struct UnblockLoginCommand {
    /// Who asks.
    pub actor: Actor,
    /// Whose account.
    pub user: UserId,
    /// What set it off.
    pub provenance: Provenance,
}

/// Forgets how often passwords of an account were wrong.
#[async_trait]
pub trait UnblockLogin: Interface {
    /// The owner may try at once, from any device.
    async fn execute(&self, command: UnblockLoginCommand) -> Result<(), UserError>;
}
