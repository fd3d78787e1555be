use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{PresentedRefresh, RefreshToken, RefreshTokens, SessionId, SessionLimits};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use shaku::Component;
use uuid::Uuid;

use crate::derive_key;

const BODY_BYTES: usize = 16 + 8 + 32;
const TOKEN_BYTES: usize = BODY_BYTES + 32;

/// Keys of refresh tokens.
#[derive(Clone)]
pub struct RefreshKeys {
    own: KeyPair,
    other: Option<KeyPair>,
}

#[derive(Clone)]
struct KeyPair {
    mac: [u8; 32],
    successor: [u8; 32],
}

impl RefreshKeys {
    /// Derives them from the root secret.
    pub fn derive(root: &[u8]) -> Self {
        Self { own: KeyPair::derive(root), other: None }
    }

    /// Accepts tokens made with another root secret, too.
    #[must_use]
    pub fn accepting(self, other_root: &[u8]) -> Self {
        Self { other: Some(KeyPair::derive(other_root)), ..self }
    }
}

impl KeyPair {
    fn derive(root: &[u8]) -> Self {
        Self {
            mac: derive_key(root, "refresh-token-mac"),
            successor: derive_key(root, "refresh-token-successor"),
        }
    }
}

/// Refresh tokens: base64url of session, generation, secret, and an HMAC-SHA256 over them.
#[derive(Component)]
#[shaku(interface = RefreshTokens)]
pub struct HmacRefreshTokens {
    /// Keys.
    pub keys: RefreshKeys,
    /// How long sessions last.
    pub limits: SessionLimits,
}

impl HmacRefreshTokens {
    fn token(
        &self,
        session: SessionId,
        generation: i64,
        secret: [u8; 32],
    ) -> (RefreshToken, [u8; 32]) {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(session.raw().as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&secret);
        let mac = keyed(&self.keys.own.mac, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        (RefreshToken(URL_SAFE_NO_PAD.encode(bytes)), Sha256::digest(secret).into())
    }
}

impl RefreshTokens for HmacRefreshTokens {
    fn first(&self, session: SessionId, secret: [u8; 32]) -> (RefreshToken, [u8; 32]) {
        self.token(session, 1, secret)
    }

    fn successor(&self, presented: &PresentedRefresh) -> (RefreshToken, [u8; 32]) {
        let generation = presented.generation.saturating_add(1);
        let keys = match &self.keys.other {
            Some(other) if presented.is_of_other_key => other,
            _ => &self.keys.own,
        };
        let secret = keyed(&keys.successor, presented.session.raw().as_bytes())
            .chain_update(generation.to_be_bytes())
            .chain_update(presented.secret)
            .finalize()
            .into_bytes();
        self.token(presented.session, generation, secret.into())
    }

    fn parse(&self, token: &RefreshToken) -> Option<PresentedRefresh> {
        // A longer text is no token of ours; it is not worth decoding.
        if token.0.len() > TOKEN_BYTES * 2 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(&token.0).ok()?;
        let (body, mac) = bytes.split_at_checked(BODY_BYTES)?;
        let is_by = |keys: &KeyPair| keyed(&keys.mac, body).verify_slice(mac).is_ok();
        let is_of_other_key = !is_by(&self.keys.own);
        if is_of_other_key && !self.keys.other.as_ref().is_some_and(is_by) {
            return None;
        }
        let (session, rest) = body.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<8>()?;
        let secret: [u8; 32] = rest.try_into().ok()?;
        let generation = i64::from_be_bytes(*generation);
        let session = SessionId::new(Uuid::from_bytes(*session));
        let hash = Sha256::digest(secret).into();
        Some(PresentedRefresh { session, generation, hash, secret, is_of_other_key })
    }

    fn limits(&self) -> SessionLimits {
        self.limits
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8; 32], data: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("any length").chain_update(data)
}

#[cfg(test)]
mod tests {
    use domain::identity::{RefreshToken, RefreshTokens, SessionId, SessionLimits};
    use sha2::{Digest, Sha256};
    use time::Duration;
    use uuid::Uuid;

    use super::{HmacRefreshTokens, RefreshKeys};

    fn tokens(root: &[u8]) -> HmacRefreshTokens {
        let limits = SessionLimits { idle: Duration::days(30), whole: Duration::days(90) };
        HmacRefreshTokens { keys: RefreshKeys::derive(root), limits }
    }

    fn session() -> SessionId {
        SessionId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001))
    }

    #[test]
    fn a_token_survives_the_round_trip() {
        let (token, hash) = tokens(b"root").first(session(), [7; 32]);
        let presented = tokens(b"root").parse(&token).unwrap();
        assert!(presented.session == session() && presented.generation == 1);
        assert!(presented.secret == [7; 32] && presented.hash == hash);
        assert_eq!(hash, <[u8; 32]>::from(Sha256::digest([7; 32])));
    }

    #[test]
    fn the_successor_is_always_the_same_and_never_the_predecessor() {
        let tokens = tokens(b"root");
        let (first, first_hash) = tokens.first(session(), [7; 32]);
        let presented = tokens.parse(&first).unwrap();
        let (second, second_hash) = tokens.successor(&presented);
        assert!(tokens.successor(&presented) == (second.clone(), second_hash));
        assert_ne!(first_hash, second_hash);
        let next = tokens.parse(&second).unwrap();
        assert!(next.generation == 2 && next.hash == second_hash && next.session == session());
        assert_ne!(tokens.successor(&next).1, second_hash);
    }

    #[test]
    fn a_token_changed_at_any_place_is_refused() {
        let tokens = tokens(b"root");
        let (token, _) = tokens.first(session(), [7; 32]);
        for at in 0..token.0.len() {
            for replacement in [b'A', b'_', b'Q', b'='] {
                let mut bytes = token.0.clone().into_bytes();
                if bytes[at] == replacement {
                    continue;
                }
                bytes[at] = replacement;
                let changed = RefreshToken(String::from_utf8(bytes).unwrap());
                assert!(tokens.parse(&changed).is_none(), "position {at}");
            }
            let cut = RefreshToken(token.0.split_at(at).0.to_owned());
            assert!(tokens.parse(&cut).is_none(), "cut at {at}");
        }
        assert!(tokens.parse(&RefreshToken(format!("{}A", token.0))).is_none());
        assert!(tokens.parse(&RefreshToken(format!("{}AAAA", token.0))).is_none());
    }

    #[test]
    fn a_token_of_another_root_is_refused() {
        let (token, _) = tokens(b"root").first(session(), [7; 32]);
        assert!(tokens(b"other").parse(&token).is_none());
    }

    #[test]
    fn the_keys_do_not_do_two_things() {
        let keys = RefreshKeys::derive(b"root");
        assert_ne!(keys.own.mac, keys.own.successor);
    }

    #[test]
    fn while_secrets_are_exchanged_every_instance_names_the_same_successor() {
        let limits = tokens(b"old").limits;
        let not_yet =
            HmacRefreshTokens { keys: RefreshKeys::derive(b"old").accepting(b"new"), limits };
        let already =
            HmacRefreshTokens { keys: RefreshKeys::derive(b"new").accepting(b"old"), limits };
        let (mut token, _) = not_yet.first(session(), [7; 32]);
        for _ in 0..3 {
            let one = not_yet.successor(&not_yet.parse(&token).unwrap());
            let other = already.successor(&already.parse(&token).unwrap());
            assert_eq!(one.1, other.1, "what is stored");
            assert!(not_yet.parse(&other.0).is_some() && already.parse(&one.0).is_some());
            token = other.0;
        }
        assert!(tokens(b"new").parse(&token).is_some(), "the old secret can go");
        assert!(tokens(b"old").parse(&token).is_none());
    }
}
