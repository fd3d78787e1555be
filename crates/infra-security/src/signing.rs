use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::PublicKey;
use ed25519_dalek::{
    SigningKey as EdSigningKey, VerifyingKey,
    pkcs8::{self, DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Digest as _, Sha256};

use crate::derive_key;

/// A key that access tokens are signed with.
#[derive(Clone)]
pub struct SigningKey {
    pub(crate) key: EncodingKey,
    pub(crate) checking: CheckingKey,
}

/// A key that access tokens are checked with.
#[derive(Clone)]
pub struct CheckingKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    /// `kid`.
    pub(crate) id: String,
    /// What others may know of it.
    pub(crate) public: Option<[u8; 32]>,
}

/// A text that is no key of the kind that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKey {
    /// Not a private key.
    #[error("not an Ed25519 private key in PEM (PKCS #8)")]
    Private(#[source] pkcs8::Error),
    /// Not a public key.
    #[error("not an Ed25519 public key in PEM (SubjectPublicKeyInfo)")]
    Public(#[source] pkcs8::spki::Error),
}

impl SigningKey {
    /// HMAC-SHA256 (`HS256`) with a key derived from the root secret.
    pub fn hmac(root: &[u8]) -> Self {
        let secret = derive_key(root, "access-token");
        let checking = CheckingKey {
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(&secret),
            id: name_of_secret(&secret),
            public: None,
        };
        Self { key: EncodingKey::from_secret(&secret), checking }
    }

    /// Ed25519 (`EdDSA`) with a key derived from the root secret.
    ///
    /// # Errors
    /// [`InvalidKey`] when the key cannot be written down.
    pub fn ed25519(root: &[u8]) -> Result<Self, InvalidKey> {
        Self::of(&EdSigningKey::from_bytes(&derive_key(root, "access-token-ed25519")))
    }

    /// Ed25519 (`EdDSA`) with a private key in PEM, as `openssl genpkey -algorithm ed25519` makes.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn ed25519_pem(pem: &str) -> Result<Self, InvalidKey> {
        Self::of(&EdSigningKey::from_pkcs8_pem(pem).map_err(InvalidKey::Private)?)
    }

    fn of(key: &EdSigningKey) -> Result<Self, InvalidKey> {
        let der = key.to_pkcs8_der().map_err(InvalidKey::Private)?;
        let checking = CheckingKey::of(&key.verifying_key());
        Ok(Self { key: EncodingKey::from_ed_der(der.as_bytes()), checking })
    }

    /// The half that only checks.
    pub fn into_checking(self) -> CheckingKey {
        self.checking
    }
}

impl CheckingKey {
    /// Ed25519 (`EdDSA`) with a public key in PEM, as `openssl pkey -pubout` makes.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn ed25519_pem(pem: &str) -> Result<Self, InvalidKey> {
        Ok(Self::of(&VerifyingKey::from_public_key_pem(pem).map_err(InvalidKey::Public)?))
    }

    fn of(key: &VerifyingKey) -> Self {
        let bytes = key.to_bytes();
        Self {
            algorithm: Algorithm::EdDSA,
            key: DecodingKey::from_ed_der(&bytes),
            id: thumbprint(&bytes),
            public: Some(bytes),
        }
    }

    pub(crate) fn published(&self) -> Option<PublicKey> {
        self.public.map(|bytes| PublicKey { id: self.id.clone(), bytes })
    }
}

/// Names a secret without telling anything about it.
fn name_of_secret(secret: &[u8]) -> String {
    let digest = Sha256::new_with_prefix(b"kontor key id").chain_update(secret).finalize();
    let (id, _) = digest.split_at(8);
    URL_SAFE_NO_PAD.encode(id)
}

/// The name of a public key (RFC 7638, RFC 8037).
fn thumbprint(public: &[u8; 32]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::{CheckingKey, SigningKey, thumbprint};

    /// The example of RFC 8410, section 10.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn keys_are_read_as_openssl_writes_them() {
        let signing = SigningKey::ed25519_pem(PRIVATE).unwrap();
        let checking = CheckingKey::ed25519_pem(PUBLIC).unwrap();
        assert_eq!(signing.checking.published(), checking.published());
        for text in ["", "changeme", PUBLIC] {
            assert!(SigningKey::ed25519_pem(text).is_err());
        }
        for text in ["", "changeme", PRIVATE] {
            assert!(CheckingKey::ed25519_pem(text).is_err());
        }
    }

    #[test]
    fn a_public_key_has_the_name_others_compute() {
        // RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(
            thumbprint(&x.try_into().unwrap()),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn each_root_and_algorithm_has_a_key_of_its_own() {
        let ids = [
            SigningKey::hmac(b"root").checking.id,
            SigningKey::hmac(b"other").checking.id,
            SigningKey::ed25519(b"root").unwrap().checking.id,
            SigningKey::ed25519(b"other").unwrap().checking.id,
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(ids[2], SigningKey::ed25519(b"root").unwrap().into_checking().id);
        assert!(SigningKey::hmac(b"root").into_checking().published().is_none());
    }
}
