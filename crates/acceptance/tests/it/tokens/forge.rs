//! Tokens made by somebody who knows everything but the key, and some by somebody who has it.

use acceptance::TestApp;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use infra_security::derive_key;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{Bad, Brought};

/// What a shop signs its tokens with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    EdDsa,
}

impl Algorithm {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A customer's good token, and everything that is known about it.
pub(crate) struct Good {
    pub(crate) token: String,
    pub(crate) refresh: String,
    root: String,
    algorithm: Algorithm,
    header: Value,
    claims: Value,
    /// What the shop publishes.
    jwk: Option<Value>,
}

impl Good {
    pub(crate) async fn of(app: &TestApp, algorithm: Algorithm) -> anyhow::Result<Self> {
        let body = json!({ "email": "ann@example.com", "password": "correct horse battery" });
        let (_, registered) = app.client().post("/api/v1/auth/register", &body).await?;
        let text = |field: &str| registered[field].as_str().unwrap().to_owned();
        let (token, refresh) = (text("access_token"), text("refresh_token"));
        let root = std::fs::read_to_string(app.dir().unwrap().join("root-secret"))?;
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
        let (header, claims): (Value, Value) =
            (serde_json::from_slice(&header)?, serde_json::from_slice(&claims)?);
        let (_, published) = app.client().get("/.well-known/jwks.json").await?;
        let jwk = published["keys"].as_array().unwrap().first().cloned();
        assert_eq!(jwk.is_some(), algorithm == Algorithm::EdDsa);
        assert_eq!(header["alg"], algorithm.name());
        if let Some(jwk) = &jwk {
            assert_eq!(jwk["kid"], header["kid"]);
            let checked = jsonwebtoken::crypto::verify(
                token.rsplit('.').next().unwrap(),
                token.rsplit_once('.').unwrap().0.as_bytes(),
                &jsonwebtoken::DecodingKey::from_ed_components(jwk["x"].as_str().unwrap())?,
                jsonwebtoken::Algorithm::EdDSA,
            )?;
            assert!(checked, "others can check it with what is published");
        }
        let root = root.trim().to_owned();
        let good = Self { token, refresh, root, algorithm, header, claims, jwk };
        // What follows is only worth something when a forger with the key would succeed.
        let (status, me) = app.client().with_token(&good.genuine()).get("/api/v1/auth/me").await?;
        assert_eq!(status, 200, "{me}");
        Ok(good)
    }

    fn genuine(&self) -> String {
        self.signed(&self.header.to_string(), &self.claims.to_string())
    }

    /// A token with the shop's own signature over whatever it says.
    pub(crate) fn signed(&self, header: &str, claims: &str) -> String {
        let body = body(header, claims);
        let root = self.root.as_bytes();
        let (algorithm, key) = match self.algorithm {
            Algorithm::Hs256 => (
                jsonwebtoken::Algorithm::HS256,
                EncodingKey::from_secret(&derive_key(root, "access-token")),
            ),
            Algorithm::EdDsa => {
                (jsonwebtoken::Algorithm::EdDSA, ed25519(&derive_key(root, "access-token-ed25519")))
            }
        };
        sealed(&body, &key, algorithm)
    }

    /// With these claims instead of its own.
    pub(crate) fn claiming(&self, claims: &[(&str, Value)]) -> String {
        self.signed(&self.header.to_string(), &with(&self.claims, claims))
    }

    pub(crate) fn now(&self) -> i64 {
        self.claims["iat"].as_i64().unwrap()
    }

    /// Bearer tokens that differ from the good one.
    pub(crate) fn mutations(&self) -> Vec<Bad> {
        let all = [self.headers(), self.claims_changed(), self.keys(), self.damaged()];
        all.into_iter().flatten().map(|(what, token)| (what, Brought::Bearer(token))).collect()
    }

    fn headers(&self) -> Vec<(String, String)> {
        let own = self.claims.to_string();
        let mut all = Vec::new();
        for alg in
            ["none", "None", "NONE", "HS384", "HS512", "RS256", "PS256", "ES256", "hs256", ""]
        {
            let header = with(&self.header, &[("alg", json!(alg))]);
            all.push((format!("alg {alg:?}, signed"), self.signed(&header, &own)));
            all.push((format!("alg {alg:?}, unsigned"), format!("{}.", body(&header, &own))));
        }
        for (what, change) in [
            ("alg of the other kind", ("alg", json!(self.other().name()))),
            ("alg that is no text", ("alg", json!(null))),
            ("typ JWT", ("typ", json!("JWT"))),
            ("typ of a refresh token", ("typ", json!("rt+jwt"))),
            ("typ of an ID token", ("typ", json!("id+jwt"))),
            ("typ that is no text", ("typ", json!(["at+jwt"]))),
            ("kid of nobody", ("kid", json!("nobody"))),
            ("kid that is a path", ("kid", json!("../../../../dev/null"))),
            ("kid that is SQL", ("kid", json!("' OR '1'='1"))),
            ("kid that is empty", ("kid", json!(""))),
            ("kid that is no text", ("kid", json!(1))),
            ("crit", ("crit", json!(["exp"]))),
        ] {
            all.push((what.to_owned(), self.signed(&with(&self.header, &[change]), &own)));
        }
        for field in ["alg", "typ", "kid"] {
            all.push((
                format!("a header without {field}"),
                self.signed(&without(&self.header, field), &own),
            ));
        }
        let header = self.header.to_string();
        let twice = header.replacen('{', r#"{"alg":"none","#, 1);
        all.push(("alg twice".to_owned(), self.signed(&twice, &own)));
        for (what, header) in [("no header", ""), ("a header that is a list", "[]")] {
            all.push((what.to_owned(), self.signed(header, &own)));
        }
        all
    }

    fn claims_changed(&self) -> Vec<(String, String)> {
        let now = self.now();
        let mut all: Vec<_> = [
            ("iss of another", ("iss", json!("https://evil.example"))),
            ("iss that is a list", ("iss", json!(["kontor"]))),
            ("aud of another", ("aud", json!("another"))),
            ("aud with another", ("aud", json!(["kontor", "another"]))),
            ("a refresh token's claims", ("typ", json!("refresh"))),
            ("sub that is no id", ("sub", json!("admin"))),
            ("sub that is SQL", ("sub", json!("1' OR '1'='1"))),
            ("sid of nobody", ("sid", json!("00000000-0000-7000-8000-000000000001"))),
            ("sid that is null", ("sid", json!(null))),
            ("exp that is over", ("exp", json!(now - 60))),
            ("exp long over", ("exp", json!(0))),
            ("exp before all time", ("exp", json!(i64::MIN))),
            ("exp that is a text", ("exp", json!("9999999999"))),
            ("exp too large", ("exp", json!(u64::MAX))),
            ("nbf to come", ("nbf", json!(now + 3_600))),
            ("nbf at the end of time", ("nbf", json!(i64::MAX))),
            ("iat that is a text", ("iat", json!("now"))),
            ("jti that is no id", ("jti", json!("x"))),
            ("role nobody has", ("role", json!("root"))),
            ("auth_time outside of time", ("auth_time", json!(i64::MAX))),
        ]
        .into_iter()
        .map(|(what, claim)| (what.to_owned(), self.claiming(&[claim])))
        .collect();
        let header = self.header.to_string();
        for claim in
            ["iss", "aud", "sub", "sid", "jti", "typ", "iat", "nbf", "exp", "role", "auth_time"]
        {
            let claims = without(&self.claims, claim);
            all.push((format!("claims without {claim}"), self.signed(&header, &claims)));
        }
        let twice = self.claims.to_string().replacen('{', r#"{"role":"super_admin","#, 1);
        all.push(("role twice".to_owned(), self.signed(&header, &twice)));
        for (what, claims) in [("no claims", ""), ("claims that are a list", "[]")] {
            all.push((what.to_owned(), self.signed(&header, claims)));
        }
        all
    }

    /// Signed with what is not the key.
    fn keys(&self) -> Vec<(String, String)> {
        let root = self.root.as_bytes();
        let own = body(&self.header.to_string(), &self.claims.to_string());
        let claims = self.claims.to_string();
        let mut secrets = vec![
            ("the root secret", root.to_vec()),
            ("the key of CSRF tokens", derive_key(root, "csrf-token").to_vec()),
            ("the key of refresh tokens", derive_key(root, "refresh-token-mac").to_vec()),
            ("nothing", Vec::new()),
            ("\"secret\"", b"secret".to_vec()),
            ("its own name", self.header["kid"].as_str().unwrap().into()),
        ];
        if let Some(jwk) = &self.jwk {
            let x = jwk["x"].as_str().unwrap();
            let public = URL_SAFE_NO_PAD.decode(x).unwrap();
            let der = [&SPKI_OF_ED25519[..], &public].concat();
            let pem = format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                STANDARD.encode(&der)
            );
            secrets.extend([
                ("the public key", public),
                ("the public key, encoded", x.into()),
                ("the public key in DER", der),
                ("the public key in PEM", pem.into()),
                ("the public key as JWK", jwk.to_string().into()),
            ]);
        }
        let mut all = Vec::new();
        for (what, secret) in secrets {
            let key = EncodingKey::from_secret(&secret);
            let header = with(&self.header, &[("alg", json!("HS256"))]);
            let confused = body(&header, &claims);
            let token = sealed(&confused, &key, jsonwebtoken::Algorithm::HS256);
            all.push((format!("signed with {what}"), token));
        }
        let theirs = ed25519(&[7; 32]);
        let algorithm = jsonwebtoken::Algorithm::EdDSA;
        all.push(("signed with a key of theirs".to_owned(), sealed(&own, &theirs, algorithm)));
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x":
            "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw" });
        for (what, field, value) in [
            ("a key of theirs inside", "jwk", jwk),
            ("a key of theirs elsewhere", "jku", json!("https://evil.example/jwks.json")),
            ("a certificate of theirs elsewhere", "x5u", json!("https://evil.example/x.pem")),
        ] {
            let header = with(&self.header, &[("alg", json!("EdDSA")), (field, value)]);
            all.push((what.to_owned(), sealed(&body(&header, &claims), &theirs, algorithm)));
        }
        all
    }

    fn damaged(&self) -> Vec<(String, String)> {
        let token = &self.token;
        let parts: Vec<_> = token.split('.').collect();
        let (header, claims, signature) = (parts[0], parts[1], parts[2]);
        let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
        flipped[5] ^= 1;
        let flipped = URL_SAFE_NO_PAD.encode(flipped);
        let other_claims =
            URL_SAFE_NO_PAD.encode(with(&self.claims, &[("role", json!("super_admin"))]));
        [
            ("nothing", String::new()),
            ("null", "null".to_owned()),
            ("undefined", "undefined".to_owned()),
            ("one dot", ".".to_owned()),
            ("two dots", "..".to_owned()),
            ("dots", ".".repeat(1_000)),
            ("only a header", header.to_owned()),
            ("no signature", format!("{header}.{claims}")),
            ("an empty signature", format!("{header}.{claims}.")),
            ("no claims at all", format!("{header}..{signature}")),
            ("no header at all", format!(".{claims}.{signature}")),
            ("a fourth part", format!("{token}.{signature}")),
            ("five parts", format!("{header}.{claims}.{claims}.{claims}.{signature}")),
            ("twice the token", format!("{token}{token}")),
            ("two tokens", format!("{token}.{token}")),
            ("two tokens with a space", format!("{token} {token}")),
            ("two tokens with a comma", format!("{token},{token}")),
            ("the end cut off", token.split_at(token.len() - 1).0.to_owned()),
            ("half of it", token.split_at(token.len() / 2).0.to_owned()),
            ("one more letter", format!("{token}A")),
            ("padding", format!("{token}=")),
            ("a bit of the signature flipped", format!("{header}.{claims}.{flipped}")),
            ("the claims of a super admin", format!("{header}.{other_claims}.{signature}")),
            ("the parts in another order", format!("{claims}.{header}.{signature}")),
            ("capitals", token.to_ascii_uppercase()),
            ("a quoted token", format!("\"{token}\"")),
            ("bytes that are no base64", format!("{header}.%%%.{signature}")),
            ("very much", "A".repeat(4_000)),
        ]
        .into_iter()
        .map(|(what, token)| (format!("damaged: {what}"), token))
        .collect()
    }

    const fn other(&self) -> Algorithm {
        match self.algorithm {
            Algorithm::Hs256 => Algorithm::EdDsa,
            Algorithm::EdDsa => Algorithm::Hs256,
        }
    }
}

/// What stands before a public Ed25519 key in DER (RFC 8410).
const SPKI_OF_ED25519: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private Ed25519 key in DER (RFC 8410).
fn ed25519(seed: &[u8; 32]) -> EncodingKey {
    const HEAD: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    EncodingKey::from_ed_der(&[&HEAD[..], seed].concat())
}

fn body(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn sealed(body: &str, key: &EncodingKey, algorithm: jsonwebtoken::Algorithm) -> String {
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), key, algorithm).unwrap();
    format!("{body}.{signature}")
}

fn with(object: &Value, fields: &[(&str, Value)]) -> String {
    let mut changed = object.clone();
    for (field, value) in fields {
        changed[*field] = value.clone();
    }
    changed.to_string()
}

fn without(object: &Value, field: &str) -> String {
    let mut changed = object.clone();
    changed.as_object_mut().unwrap().remove(field);
    changed.to_string()
}
