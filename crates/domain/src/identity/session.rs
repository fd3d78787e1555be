use time::{Duration, OffsetDateTime};

use super::UserId;
use crate::typed_id;

typed_id!(
    /// Identity of a session: one device signed in, with one family of refresh tokens.
    SessionId
);

/// A refresh token as the client holds it: opaque, 256 secret bits, authenticated.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(pub String);

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

/// A refresh token taken apart after its MAC was found good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresentedRefresh {
    /// Session it belongs to.
    pub session: SessionId,
    /// Which token of the session it is; the first is 1.
    pub generation: i64,
    /// SHA-256 of its secret, as stored.
    pub hash: [u8; 32],
    /// The secret itself, which the successor is derived from.
    pub secret: [u8; 32],
    /// Whether its MAC is by the key that is only accepted: every instance derives the successor
    /// from the key the token was made with, also while keys are exchanged.
    pub is_of_other_key: bool,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Identity, `sid` in access tokens.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Generation of the one live refresh token.
    pub generation: i64,
    /// SHA-256 of the live token's secret.
    pub current_hash: [u8; 32],
    /// SHA-256 of its predecessor's secret.
    pub previous_hash: Option<[u8; 32]>,
    /// When the live token was made.
    pub rotated_at: OffsetDateTime,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When its refresh token stops working.
    pub expires_at: OffsetDateTime,
    /// When it was ended, if it was.
    pub revoked_at: Option<OffsetDateTime>,
    /// When its owner last gave the password in it.
    pub authenticated_at: OffsetDateTime,
    /// What it was opened from.
    pub device: Device,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being refreshed: the life of a refresh token.
    pub idle: Duration,
    /// However often it is refreshed.
    pub whole: Duration,
}

impl SessionLimits {
    /// When a refresh token made now stops working, in a session opened at `created_at`.
    pub fn expiry(&self, created_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        (now + self.idle).min(created_at + self.whole)
    }
}

/// What a session was opened from, told coarsely: enough to recognise one's own, too little to
/// follow somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Program and system, such as `Firefox on Linux`.
    pub name: Option<String>,
    /// Network of the address: /24 of IPv4, /48 of IPv6.
    pub network: Option<String>,
}

/// What presenting a refresh token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionRotation {
    /// The live token: its successor takes over.
    Rotate,
    /// The immediate predecessor inside the grace window: give the same successor again.
    Repeat,
    /// A spent token: somebody else has it; the family dies.
    Reused,
    /// The session is over.
    Dead,
}

impl Session {
    /// How long parallel tabs may present the token that was just spent.
    pub const GRACE: Duration = Duration::seconds(10);

    /// Whether it was neither ended nor has expired.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Decides what `presented` means now.
    pub fn present(&self, presented: &PresentedRefresh, now: OffsetDateTime) -> SessionRotation {
        if !self.is_live(now) {
            return SessionRotation::Dead;
        }
        if presented.generation == self.generation && presented.hash == self.current_hash {
            return SessionRotation::Rotate;
        }
        let is_predecessor = presented.generation.checked_add(1) == Some(self.generation)
            && self.previous_hash == Some(presented.hash);
        if is_predecessor && now < self.rotated_at + Self::GRACE {
            return SessionRotation::Repeat;
        }
        SessionRotation::Reused
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};
    use uuid::Uuid;

    use super::{Device, PresentedRefresh, Session, SessionId, SessionLimits, SessionRotation};
    use crate::identity::UserId;

    fn session() -> Session {
        let at = OffsetDateTime::UNIX_EPOCH;
        Session {
            id: SessionId::new(Uuid::nil()),
            user: UserId::new(Uuid::nil()),
            generation: 3,
            current_hash: [3; 32],
            previous_hash: Some([2; 32]),
            rotated_at: at,
            created_at: at,
            expires_at: at + Duration::DAY,
            revoked_at: None,
            authenticated_at: at,
            device: Device::default(),
        }
    }

    fn token(generation: i64, byte: u8) -> PresentedRefresh {
        let session = SessionId::new(Uuid::nil());
        let (hash, secret) = ([byte; 32], [byte; 32]);
        PresentedRefresh { session, generation, hash, secret, is_of_other_key: false }
    }

    #[test]
    fn only_the_live_token_rotates_and_only_its_predecessor_has_grace() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let later = at + Session::GRACE;
        for (presented, now, expected) in [
            (token(3, 3), at, SessionRotation::Rotate),
            (token(2, 2), at, SessionRotation::Repeat),
            (token(2, 2), later, SessionRotation::Reused),
            (token(1, 1), at, SessionRotation::Reused),
            (token(3, 9), at, SessionRotation::Reused),
            (token(3, 3), at + Duration::DAY, SessionRotation::Dead),
        ] {
            assert_eq!(session().present(&presented, now), expected, "{}", presented.generation);
        }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_at_the_end_of_its_days() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let limits = SessionLimits { idle: Duration::days(30), whole: Duration::days(90) };
        for (day, expected) in [(0, 30), (29, 59), (60, 90), (89, 90)] {
            let expiry = limits.expiry(at, at + Duration::days(day));
            assert_eq!(expiry, at + Duration::days(expected), "refreshed on day {day}");
        }
    }

    #[test]
    fn a_revoked_session_stays_dead() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let session = Session { revoked_at: Some(at), ..session() };
        assert_eq!(session.present(&token(3, 3), at), SessionRotation::Dead);
    }
}
