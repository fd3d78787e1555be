use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{DeviceId, DeviceTokens, Secret, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use shaku::Component;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::derive_key;

const BODY_BYTES: usize = 16 + 16 + 8;
const TOKEN_BYTES: usize = BODY_BYTES + 32;
const LIFETIME: Duration = Duration::days(180);

/// Key of device tokens.
#[derive(Clone)]
pub struct DeviceKey([u8; 32]);

impl DeviceKey {
    /// Derives it from the root secret.
    pub fn derive(root: &[u8]) -> Self {
        Self(derive_key(root, "device-token"))
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn over(&self, body: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.0).expect("any length").chain_update(body)
    }
}

/// Device tokens: base64url of user, device, second of issue, and an HMAC-SHA256 over them.
#[derive(Component)]
#[shaku(interface = DeviceTokens)]
pub struct HmacDeviceTokens {
    /// Key.
    pub key: DeviceKey,
}

impl DeviceTokens for HmacDeviceTokens {
    fn issue(&self, user: UserId, device: DeviceId, now: OffsetDateTime) -> Secret {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(user.raw().as_bytes());
        bytes.extend_from_slice(device.raw().as_bytes());
        bytes.extend_from_slice(&now.unix_timestamp().to_be_bytes());
        let mac = self.key.over(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        Secret(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn verify(&self, token: &Secret, now: OffsetDateTime) -> Option<(UserId, DeviceId)> {
        if token.0.len() > TOKEN_BYTES * 2 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(&token.0).ok()?;
        let (body, mac) = bytes.split_at_checked(BODY_BYTES)?;
        self.key.over(body).verify_slice(mac).ok()?;
        let (user, rest) = body.split_first_chunk::<16>()?;
        let (device, rest) = rest.split_first_chunk::<16>()?;
        let issued = i64::from_be_bytes(rest.try_into().ok()?);
        let issued = OffsetDateTime::from_unix_timestamp(issued).ok()?;
        let is_live = now - issued < LIFETIME;
        let id = |bytes: &[u8; 16]| Uuid::from_bytes(*bytes);
        is_live.then(|| (UserId::new(id(user)), DeviceId::new(id(device))))
    }

    fn lifetime(&self) -> Duration {
        LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::{DeviceId, DeviceTokens, Secret, UserId};
    use time::{Duration, macros::datetime};
    use uuid::Uuid;

    use super::{DeviceKey, HmacDeviceTokens, LIFETIME};

    #[test]
    fn only_what_we_made_and_not_long_ago_is_recognised() {
        let tokens = |root: &[u8]| HmacDeviceTokens { key: DeviceKey::derive(root) };
        let (user, device) = (UserId::new(Uuid::from_u128(1)), DeviceId::new(Uuid::from_u128(2)));
        let now = datetime!(2026-11-20 12:00 UTC);
        let ours = tokens(b"root");
        let token = ours.issue(user, device, now);
        assert_eq!(ours.verify(&token, now), Some((user, device)));
        let last = now + LIFETIME - Duration::SECOND;
        assert_eq!(ours.verify(&token, last), Some((user, device)));
        assert_eq!(ours.verify(&token, now + LIFETIME), None);
        assert_eq!(tokens(b"other").verify(&token, now), None);
        for at in 0..token.0.len() {
            let mut text = token.0.clone();
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            text.replace_range(at..=at, other);
            assert_eq!(ours.verify(&Secret(text), now), None, "{at}");
        }
        for text in ["", "A", token.0.get(1..).unwrap(), &format!("{}AAAA", token.0)] {
            assert_eq!(ours.verify(&Secret(text.to_owned()), now), None, "{text}");
        }
    }
}
