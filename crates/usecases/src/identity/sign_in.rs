//! What registering, logging in and refreshing have in common: sessions and pairs of tokens.

use domain::{
    identity::{
        AccessClaims, AccessTokens, Device, RefreshToken, RefreshTokens, Role, Session, SessionId,
        SignedIn, TokenError, UserId,
    },
    shared::ports::{IdGenerator, Randomness},
};
use time::OffsetDateTime;

/// Live sessions a person may have; opening one more ends the oldest.
pub(super) const MAX_SESSIONS: u32 = 20;

/// A session that is not stored yet, and the refresh token its device will hold.
pub(super) fn new_session(
    user: UserId,
    device: Device,
    ids: &dyn IdGenerator,
    randomness: &dyn Randomness,
    tokens: &dyn RefreshTokens,
    now: OffsetDateTime,
) -> (Session, RefreshToken) {
    let id = SessionId::new(ids.next());
    let (token, current_hash) = tokens.first(id, randomness.secret());
    let session = Session {
        id,
        user,
        generation: 1,
        current_hash,
        previous_hash: None,
        rotated_at: now,
        created_at: now,
        expires_at: tokens.limits().expiry(now, now),
        revoked_at: None,
        authenticated_at: now,
        device,
    };
    (session, token)
}

/// What an access token for `session` says when its owner is a `role`.
pub(super) const fn claims_of(session: &Session, role: Role) -> AccessClaims {
    AccessClaims {
        user: session.user,
        session: session.id,
        role,
        authenticated_at: session.authenticated_at,
    }
}

/// The pair of tokens for `claims`.
pub(super) fn signed_in(
    tokens: &dyn AccessTokens,
    claims: &AccessClaims,
    refresh_token: RefreshToken,
    now: OffsetDateTime,
) -> Result<SignedIn, TokenError> {
    let access_token = tokens.issue(claims, now)?;
    Ok(SignedIn { access_token, refresh_token, expires_in: tokens.lifetime_seconds() })
}
