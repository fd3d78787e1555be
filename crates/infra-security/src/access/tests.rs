use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    identity::{AccessClaims, AccessTokens, Role, SessionId, TokenError, UserId},
    shared::{id::RawId, ports::IdGenerator},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{JwtAccessTokens, JwtKeys, JwtSettings};
use crate::{CheckingKey, HmacRefreshTokens, RefreshKeys, SigningKey, derive_key};

struct OneId;

impl IdGenerator for OneId {
    fn next(&self) -> RawId {
        Uuid::from_u128(9)
    }
}

const ROOT: &[u8] = b"a root secret";

fn settings() -> JwtSettings {
    JwtSettings {
        key: SigningKey::hmac(ROOT),
        others: Vec::new(),
        issuer: "https://shop.example".to_owned(),
        audience: "kontor".to_owned(),
        minutes: 15,
    }
}

fn tokens(settings: JwtSettings) -> JwtAccessTokens {
    JwtAccessTokens { ids: Arc::new(OneId), keys: JwtKeys::new(settings) }
}

fn claims() -> AccessClaims {
    AccessClaims {
        user: UserId::new(Uuid::from_u128(1)),
        session: SessionId::new(Uuid::from_u128(2)),
        role: Role::Staff,
        authenticated_at: now() - Duration::HOUR,
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn payload() -> Value {
    json!({
        "iss": "https://shop.example", "aud": "kontor",
        "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "jti": Uuid::from_u128(9),
        "typ": "access", "iat": 1_790_000_000, "nbf": 1_790_000_000, "exp": 1_790_000_900,
        "role": "staff", "auth_time": 1_789_996_400,
    })
}

fn header() -> Header {
    tokens(settings()).keys.header
}

fn signed(header: &Header, payload: &Value) -> String {
    jsonwebtoken::encode(
        header,
        payload,
        &EncodingKey::from_secret(&derive_key(ROOT, "access-token")),
    )
    .unwrap()
}

fn is_refused(token: &str) -> bool {
    matches!(tokens(settings()).verify(token, now()), Err(TokenError::Invalid(_)))
}

#[test]
fn claims_survive_the_round_trip() {
    let tokens = tokens(settings());
    let token = tokens.issue(&claims(), now()).unwrap();
    assert_eq!(tokens.verify(&token.0, now()).unwrap(), claims());
    assert_eq!(tokens.lifetime_seconds(), 900);
    let body = token.0.split('.').nth(1).unwrap();
    let body: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    assert_eq!(body, payload(), "the tests below change what is really issued");
}

#[test]
fn a_token_changed_at_any_place_is_refused() {
    let token = tokens(settings()).issue(&claims(), now()).unwrap().0;
    for at in 0..token.len() {
        for replacement in [b'A', b'_', b'Q', b'.'] {
            let mut bytes = token.clone().into_bytes();
            if bytes[at] == replacement {
                continue;
            }
            bytes[at] = replacement;
            assert!(is_refused(&String::from_utf8(bytes).unwrap()), "position {at}");
        }
        assert!(is_refused(token.split_at(at).0), "cut at {at}");
    }
    assert!(is_refused(&format!("{token}A")));
}

#[test]
fn only_one_algorithm_is_accepted() {
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let header = Header { alg: algorithm, ..header() };
        assert!(is_refused(&signed(&header, &payload())), "{algorithm:?}");
    }
    let token = signed(&header(), &payload());
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let (_, body) = rest.split_once('.').unwrap();
    for alg in ["none", "None", "RS256", "EdDSA", "hs256", ""] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": header().kid});
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        assert!(is_refused(&format!("{header}.{body}.{signature}")), "{alg}");
        assert!(is_refused(&format!("{header}.{body}.")), "{alg} unsigned");
    }
}

#[test]
fn header_and_claims_must_be_those_of_an_access_token() {
    for typ in [None, Some("JWT"), Some("rt+jwt")] {
        let header = Header { typ: typ.map(str::to_owned), ..header() };
        assert!(is_refused(&signed(&header, &payload())), "{typ:?}");
    }
    assert!(is_refused(&signed(&Header { kid: None, ..header() }, &payload())));
    assert!(is_refused(&signed(&Header { kid: Some("x".into()), ..header() }, &payload())));
    assert!(is_refused(&signed(&Header { crit: Some(vec!["x".into()]), ..header() }, &payload())));
    let mut refresh = payload();
    refresh["typ"] = json!("refresh");
    assert!(is_refused(&signed(&header(), &refresh)));
}

#[test]
fn every_claim_is_required_and_must_be_readable() {
    assert!(!is_refused(&signed(&header(), &payload())));
    for claim in
        ["iss", "aud", "sub", "sid", "jti", "typ", "iat", "nbf", "exp", "role", "auth_time"]
    {
        let mut without = payload();
        without.as_object_mut().unwrap().remove(claim);
        assert!(is_refused(&signed(&header(), &without)), "without {claim}");
        for wrong in [json!(null), json!([]), json!({}), json!(true), json!("x")] {
            let mut with = payload();
            with[claim] = wrong.clone();
            assert!(is_refused(&signed(&header(), &with)), "{claim} = {wrong}");
        }
    }
}

#[test]
fn another_issuer_audience_or_key_is_refused() {
    for other in [
        JwtSettings { issuer: "https://other.example".to_owned(), ..settings() },
        JwtSettings { audience: "other".to_owned(), ..settings() },
        JwtSettings { key: SigningKey::hmac(b"another root"), ..settings() },
    ] {
        let token = tokens(other).issue(&claims(), now()).unwrap().0;
        assert!(is_refused(&token));
    }
}

#[test]
fn a_token_is_good_from_issue_to_expiry_with_five_seconds_of_leeway() {
    let tokens = tokens(settings());
    let token = tokens.issue(&claims(), now()).unwrap().0;
    for (seconds, good) in [(-6, false), (-5, true), (0, true), (904, true), (905, false)] {
        let at = now() + Duration::seconds(seconds);
        assert_eq!(tokens.verify(&token, at).is_ok(), good, "{seconds} s");
    }
}

#[test]
fn access_and_refresh_tokens_never_stand_in_for_each_other() {
    use domain::identity::{RefreshToken, RefreshTokens, SessionLimits};
    let limits = SessionLimits { idle: Duration::days(30), whole: Duration::days(90) };
    let refresh = HmacRefreshTokens { keys: RefreshKeys::derive(ROOT), limits };
    let (token, _) = refresh.first(claims().session, [1; 32]);
    assert!(is_refused(&token.0));
    let access = tokens(settings()).issue(&claims(), now()).unwrap().0;
    assert!(refresh.parse(&RefreshToken(access)).is_none());
}

#[test]
fn garbage_is_refused() {
    for token in ["", ".", "..", "...", "a.b.c", "🦀.🦀.🦀", &"a".repeat(100_000)] {
        assert!(is_refused(token), "{}", token.len());
    }
}

fn signing_with(key: SigningKey, others: Vec<CheckingKey>) -> JwtAccessTokens {
    tokens(JwtSettings { key, others, ..settings() })
}

fn of_both_kinds(root: &[u8]) -> [SigningKey; 2] {
    [SigningKey::hmac(root), SigningKey::ed25519(root).unwrap()]
}

#[test]
fn keys_are_exchanged_without_a_token_being_refused() {
    for (old, new) in of_both_kinds(b"old").into_iter().zip(of_both_kinds(b"new")) {
        let before = signing_with(old.clone(), Vec::new());
        let both = signing_with(old.clone(), vec![new.clone().into_checking()]);
        let swapped = signing_with(new.clone(), vec![old.into_checking()]);
        let after = signing_with(new, Vec::new());
        // Each instance may be one step behind or ahead of another.
        for (one, other) in [(&before, &both), (&both, &swapped), (&swapped, &after)] {
            for (issuer, checker) in [(one, other), (other, one)] {
                let token = issuer.issue(&claims(), now()).unwrap().0;
                assert!(checker.verify(&token, now()).is_ok());
            }
        }
        let old = before.issue(&claims(), now()).unwrap().0;
        assert!(after.verify(&old, now()).is_err(), "the old key is gone");
    }
}

#[test]
fn a_token_names_the_key_it_was_signed_with() {
    let keys = of_both_kinds(b"old").into_iter().zip(of_both_kinds(b"new"));
    for (old, new) in keys {
        let both = signing_with(new.clone(), vec![old.clone().into_checking()]);
        // Signed by the one and named like the other.
        for (signer, named) in [(&old, &new), (&new, &old)] {
            let mut header = Header::new(signer.checking.algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some(signer.checking.id.clone());
            let token = jsonwebtoken::encode(&header, &payload(), &signer.key).unwrap();
            assert!(both.verify(&token, now()).is_ok());
            header.kid = Some(named.checking.id.clone());
            let token = jsonwebtoken::encode(&header, &payload(), &signer.key).unwrap();
            assert!(both.verify(&token, now()).is_err());
        }
    }
}

#[test]
fn what_is_published_signs_nothing() {
    let tokens = signing_with(SigningKey::ed25519(ROOT).unwrap(), Vec::new());
    let [public] = &tokens.public_keys()[..] else { panic!("one key") };
    let encoded = URL_SAFE_NO_PAD.encode(public.bytes);
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{encoded}"}}"#);
    for secret in [&public.bytes[..], encoded.as_bytes(), jwk.as_bytes(), public.id.as_bytes()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some(public.id.clone());
            let key = EncodingKey::from_secret(secret);
            let token = jsonwebtoken::encode(&header, &payload(), &key).unwrap();
            assert!(tokens.verify(&token, now()).is_err(), "{algorithm:?}");
        }
    }
}

#[test]
fn only_public_keys_are_published() {
    assert!(tokens(settings()).public_keys().is_empty(), "a secret has no public half");
    let [old, new] = [&b"old"[..], b"new"].map(|root| SigningKey::ed25519(root).unwrap());
    let both = signing_with(new, vec![old.into_checking(), SigningKey::hmac(ROOT).into_checking()]);
    let published = both.public_keys();
    assert_eq!(published.len(), 2, "both live keys, and no secret");
    let token = both.issue(&claims(), now()).unwrap().0;
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.kid.as_ref(), Some(&published[0].id), "the one that signs is the first");
    assert_eq!(header.alg, Algorithm::EdDSA);
}

#[test]
fn a_token_of_the_other_algorithm_is_refused() {
    for (ours, theirs) in [(0, 1), (1, 0)] {
        let [ours, theirs] = [ours, theirs].map(|n| of_both_kinds(ROOT)[n].clone());
        let checker = signing_with(ours, vec![theirs.clone().into_checking()]);
        let token = signing_with(theirs, Vec::new()).issue(&claims(), now()).unwrap().0;
        assert!(checker.verify(&token, now()).is_err());
    }
}
