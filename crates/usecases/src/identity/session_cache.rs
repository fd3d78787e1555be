//! What the cache says of a session. An end always overwrites, a sign of life never does, so a
//! request that races a log-out cannot bring a session back.

use std::time::Duration;

use domain::{
    identity::{Permissions, Role, SessionId, SessionState, Standing},
    shared::cache::{Cache, CacheError},
};

/// Anything else is the standing of the owner of a live session: the role, then the permissions.
const ENDED: &[u8] = b"ended";

/// How long a session is believed to live without asking the database.
const LIVE_FOR: Duration = Duration::from_secs(1);

fn key(session: SessionId) -> String {
    format!("session:{session}")
}

/// What is remembered of a session; `None` when nothing is, or the cache does not answer.
pub(super) async fn recall(cache: &dyn Cache, session: SessionId) -> Option<SessionState> {
    let value = match cache.get(&key(session)).await {
        Ok(value) => value?,
        Err(error) => {
            log(&error);
            return None;
        }
    };
    if value == ENDED {
        return Some(SessionState::Ended);
    }
    let (role, permissions) = std::str::from_utf8(&value).ok()?.split_once(' ')?;
    let (role, permissions) = (Role::parse(role)?, Permissions::parse(permissions)?);
    Some(SessionState::Live(Standing { role, permissions }))
}

/// Remembers for a moment that the database knows the session as live.
pub(super) async fn remember_live(cache: &dyn Cache, session: SessionId, standing: Standing) {
    let value = format!("{} {}", standing.role, standing.permissions);
    if let Err(error) = cache.put_if_absent(&key(session), value.as_bytes(), LIVE_FOR).await {
        log(&error);
    }
}

/// Remembers that the session was ended, for as long as its last access token could be shown.
pub(super) async fn remember_ended(cache: &dyn Cache, session: SessionId, lifetime_seconds: u64) {
    let lifetime = Duration::from_secs(lifetime_seconds);
    if let Err(error) = cache.put(&key(session), ENDED, lifetime).await {
        log(&error);
    }
}

fn log(error: &CacheError) {
    let error: &dyn std::error::Error = error;
    tracing::debug!(error, "the session cache does not answer");
}
