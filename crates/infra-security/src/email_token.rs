use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{EmailTokenId, EmailTokens, Secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use shaku::Component;
use uuid::Uuid;

const TOKEN_BYTES: usize = 16 + 32;

/// Mailed tokens: base64url of the identity and an HMAC-SHA256 over it. The identity alone is
/// stored: whoever reads the database cannot make the text, and nothing has to be kept for it.
#[derive(Component)]
#[shaku(interface = EmailTokens)]
pub struct HmacEmailTokens {
    /// Key of this and nothing else.
    pub key: [u8; 32],
}

impl HmacEmailTokens {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn over(&self, id: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.key).expect("any length").chain_update(id)
    }
}

impl EmailTokens for HmacEmailTokens {
    fn text(&self, id: EmailTokenId) -> Secret {
        let raw = id.raw();
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(raw.as_bytes());
        bytes.extend_from_slice(&self.over(raw.as_bytes()).finalize().into_bytes());
        Secret(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn parse(&self, text: &Secret) -> Option<EmailTokenId> {
        if text.0.len() > TOKEN_BYTES * 2 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(&text.0).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        self.over(id).verify_slice(mac).ok()?;
        Some(EmailTokenId::new(Uuid::from_bytes(*id)))
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::{EmailTokenId, EmailTokens, Secret};
    use uuid::Uuid;

    use super::HmacEmailTokens;

    #[test]
    fn only_what_this_key_made_is_a_token() {
        let ours = HmacEmailTokens { key: [1; 32] };
        let id = EmailTokenId::new(Uuid::from_u128(7));
        let text = ours.text(id);
        assert_eq!(ours.parse(&text), Some(id));
        assert_eq!(ours.text(id), text, "it can be mailed again");
        assert_eq!(HmacEmailTokens { key: [2; 32] }.parse(&text), None);
        assert_ne!(ours.text(EmailTokenId::new(Uuid::from_u128(8))), text);
        for at in 0..text.0.len() {
            let mut changed = text.0.clone();
            let other = if text.0.as_bytes()[at] == b'A' { "B" } else { "A" };
            changed.replace_range(at..=at, other);
            assert_eq!(ours.parse(&Secret(changed)), None, "{at}");
            assert_eq!(ours.parse(&Secret(text.0.split_at(at).0.to_owned())), None, "cut at {at}");
        }
        for longer in [format!("{}A", text.0), format!("{}AAAA", text.0), "A".repeat(1_000)] {
            assert_eq!(ours.parse(&Secret(longer)), None);
        }
    }

    #[test]
    fn a_text_is_fit_for_an_address() {
        let text = HmacEmailTokens { key: [1; 32] }.text(EmailTokenId::new(Uuid::nil()));
        assert_eq!(text.0.len(), 64);
        assert!(text.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }
}
