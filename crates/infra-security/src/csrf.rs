use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{CsrfTokens, Secret, SessionId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use shaku::Component;

/// An HMAC-SHA256 of the session, in base64url: nothing has to be stored.
#[derive(Component)]
#[shaku(interface = CsrfTokens)]
pub struct HmacCsrfTokens {
    /// Key derived for this purpose alone.
    pub key: [u8; 32],
    /// A key whose tokens are accepted besides, while keys are exchanged.
    pub other: Option<[u8; 32]>,
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8; 32], session: SessionId) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    mac.update(session.raw().as_bytes());
    mac
}

impl CsrfTokens for HmacCsrfTokens {
    fn token(&self, session: SessionId) -> Secret {
        Secret(URL_SAFE_NO_PAD.encode(keyed(&self.key, session).finalize().into_bytes()))
    }

    fn verify(&self, session: SessionId, token: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let mut keys = std::iter::once(&self.key).chain(&self.other);
        keys.any(|key| keyed(key, session).verify_slice(&bytes).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::{CsrfTokens, SessionId};
    use uuid::Uuid;

    use super::HmacCsrfTokens;

    #[test]
    fn a_token_belongs_to_one_session_and_one_key() {
        let ours = HmacCsrfTokens { key: [1; 32], other: None };
        let theirs = HmacCsrfTokens { key: [2; 32], other: None };
        let both = HmacCsrfTokens { key: [2; 32], other: Some([1; 32]) };
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (one, two) = (SessionId::new(one), SessionId::new(two));
        let token = ours.token(one).0;
        assert!(ours.verify(one, &token));
        assert!(!ours.verify(two, &token) && !theirs.verify(one, &token));
        assert!(both.verify(one, &token) && both.verify(one, &theirs.token(one).0));
        assert!(!both.verify(two, &token));
        assert!(!ours.verify(one, "") && !ours.verify(one, "%"));
    }
}
