use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{ApiKeyId, ApiKeyTokens, Secret};
use sha2::{Digest as _, Sha256};
use shaku::Component;
use uuid::Uuid;

/// What every token of a key begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "kontor_";

/// `kontor_` and, in base64url, the id and 256 secret bits. The secret is as long as its hash is
/// strong, so it needs no salt and no slow hash.
#[derive(Component)]
#[shaku(interface = ApiKeyTokens)]
pub struct PrefixedApiKeyTokens;

impl ApiKeyTokens for PrefixedApiKeyTokens {
    fn mint(&self, key: ApiKeyId, secret: [u8; 32]) -> (Secret, [u8; 32]) {
        let mut bytes = [0; 48];
        let (id, rest) = bytes.split_at_mut(16);
        id.copy_from_slice(key.raw().as_bytes());
        rest.copy_from_slice(&secret);
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        (Secret(token), Sha256::digest(secret).into())
    }

    fn parse(&self, token: &str) -> Option<(ApiKeyId, [u8; 32])> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let bytes: [u8; 48] = bytes.try_into().ok()?;
        let (id, secret) = bytes.split_first_chunk::<16>()?;
        Some((ApiKeyId::new(Uuid::from_bytes(*id)), Sha256::digest(secret).into()))
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::{ApiKeyId, ApiKeyTokens};
    use uuid::Uuid;

    use super::PrefixedApiKeyTokens;

    #[test]
    fn a_token_leads_to_its_key_and_the_stored_hash() {
        let id = ApiKeyId::new(Uuid::from_u128(7));
        let (token, hash) = PrefixedApiKeyTokens.mint(id, [9; 32]);
        assert!(token.0.starts_with("kontor_"), "{}", token.0);
        assert_eq!(PrefixedApiKeyTokens.parse(&token.0), Some((id, hash)));
        assert_ne!(hash, [9; 32]);
    }

    #[test]
    fn what_is_not_shaped_like_a_token_is_none() {
        let (token, _) = PrefixedApiKeyTokens.mint(ApiKeyId::new(Uuid::nil()), [9; 32]);
        let bare = token.0.trim_start_matches("kontor_");
        for text in ["", "kontor_", "kontor_AAAA", bare, &format!("{}A", token.0)] {
            assert_eq!(PrefixedApiKeyTokens.parse(text), None, "{text}");
        }
    }
}
