use hkdf::Hkdf;
use sha2::Sha256;

/// A key of its own for `purpose`, from the root secret (HKDF-SHA256, RFC 5869).
///
/// The same root and purpose give the same key on every instance.
#[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes")]
pub fn derive_key(root: &[u8], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"kontor"), root)
        .expand(purpose.as_bytes(), &mut key)
        .expect("32 bytes are within the limit");
    key
}

#[cfg(test)]
mod tests {
    use super::derive_key;

    #[test]
    fn each_root_and_purpose_has_a_key_of_its_own() {
        let key = derive_key(b"root", "access-token");
        assert_eq!(key, derive_key(b"root", "access-token"));
        assert_ne!(key, derive_key(b"root", "refresh-token"));
        assert_ne!(key, derive_key(b"other", "access-token"));
        assert_ne!(key, [0; 32]);
    }

    #[test]
    fn keys_stay_the_same_across_releases() {
        // Computed with another implementation: changing it would sign everybody out.
        let first = derive_key(b"root", "access-token").first_chunk::<8>().copied().unwrap();
        assert_eq!(first, EXPECTED);
    }

    const EXPECTED: [u8; 8] = [146, 23, 145, 205, 160, 240, 150, 2];
}
