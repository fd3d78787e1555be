//! Signatures of webhooks as <https://www.standardwebhooks.com> defines them (`v1`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    payments::{SignatureError, WebhookRequest},
    shared::error::Cause,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const TOLERANCE_SECONDS: u64 = 300;

/// The webhook secret of the settings is empty, or what follows `whsec_` is not base64.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWebhookSecret {
    /// There is none.
    #[error("the webhook secret is empty")]
    Empty,
    /// It cannot be read.
    #[error("the webhook secret is not base64 after whsec_")]
    NotBase64(#[source] Cause),
}

/// The key both sides know.
#[derive(Clone)]
pub(crate) struct WebhookKey(Hmac<Sha256>);

impl WebhookKey {
    /// Reads the setting: its bytes, or the base64 after `whsec_`.
    pub(crate) fn parse(secret: &str) -> Result<Self, InvalidWebhookSecret> {
        let bytes = match secret.strip_prefix("whsec_") {
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|error| InvalidWebhookSecret::NotBase64(error.into()))?,
            None => secret.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err(InvalidWebhookSecret::Empty);
        }
        Hmac::new_from_slice(&bytes)
            .map(Self)
            .map_err(|error| InvalidWebhookSecret::NotBase64(error.into()))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        self.0
            .clone()
            .chain_update(id)
            .chain_update(".")
            .chain_update(timestamp)
            .chain_update(".")
            .chain_update(body)
    }

    /// The request a provider sends to say `body`.
    pub(crate) fn sign(&self, id: &str, now: OffsetDateTime, body: Vec<u8>) -> WebhookRequest {
        let timestamp = now.unix_timestamp().to_string();
        let mac = self.mac(id, &timestamp, &body).finalize().into_bytes();
        let signature = format!("v1,{}", STANDARD.encode(mac));
        let headers = [(ID, id.to_owned()), (TIMESTAMP, timestamp), (SIGNATURE, signature)];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        WebhookRequest { headers, body }
    }

    /// Believes or refuses a request; one good signature among several is enough, so that a
    /// provider can rotate its key.
    pub(crate) fn verify(
        &self,
        request: &WebhookRequest,
        now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        let header = |name| request.header(name).filter(|value| !value.is_empty());
        let (Some(id), Some(timestamp), Some(signatures)) =
            (header(ID), header(TIMESTAMP), header(SIGNATURE))
        else {
            return Err(SignatureError::Missing);
        };
        let sent_at: i64 = timestamp.parse().ok().ok_or(SignatureError::Missing)?;
        let mut readable = signatures
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .peekable();
        if readable.peek().is_none() {
            return Err(SignatureError::Missing);
        }
        if now.unix_timestamp().abs_diff(sent_at) > TOLERANCE_SECONDS {
            return Err(SignatureError::Stale);
        }
        let mac = self.mac(id, timestamp, &request.body);
        if readable.any(|signature| mac.clone().verify_slice(&signature).is_ok()) {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::payments::{SignatureError, WebhookRequest};
    use time::{Duration, OffsetDateTime};

    use super::{InvalidWebhookSecret, SIGNATURE, WebhookKey};

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn now() -> OffsetDateTime {
        at(1_790_000_000)
    }

    fn key() -> WebhookKey {
        WebhookKey::parse("a webhook secret").unwrap()
    }

    fn signed() -> WebhookRequest {
        key().sign("evt_1", now(), b"{\"a\":1}".to_vec())
    }

    fn with(name: &str, value: &str) -> WebhookRequest {
        let mut request = signed();
        for (known, old) in &mut request.headers {
            if known == name {
                *old = value.to_owned();
            }
        }
        request
    }

    #[test]
    fn the_published_example_verifies() {
        let key = WebhookKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let headers = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        let request = WebhookRequest {
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: br#"{"test": 2432232314}"#.to_vec(),
        };
        assert!(key.verify(&request, at(1_614_265_330)).is_ok());
    }

    #[test]
    fn a_signed_request_is_believed_and_one_good_signature_is_enough() {
        assert!(key().verify(&signed(), now()).is_ok());
        let good = signed().header(SIGNATURE).unwrap().to_owned();
        for list in [
            format!("v1,AAAA {good}"),
            format!("v2,xx {good} v1,AAAA"),
            format!("{good} {good}"),
            format!("nonsense {good}"),
        ] {
            assert!(key().verify(&with(SIGNATURE, &list), now()).is_ok(), "{list}");
        }
    }

    #[test]
    fn the_timestamp_may_be_300_seconds_off_and_no_more() {
        for (seconds, good) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let answer = key().verify(&signed(), now() + Duration::seconds(seconds));
            match answer {
                Ok(()) => assert!(good, "{seconds}"),
                Err(error) => {
                    assert!(!good && matches!(error, SignatureError::Stale), "{seconds}: {error}");
                }
            }
        }
    }

    #[test]
    fn headers_that_are_missing_or_cannot_be_read_are_refused() {
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut request = signed();
            request.headers.retain(|(known, _)| known != name);
            let answer = key().verify(&request, now());
            assert!(matches!(answer, Err(SignatureError::Missing)), "without {name}");
            let answer = key().verify(&with(name, ""), now());
            assert!(matches!(answer, Err(SignatureError::Missing)), "empty {name}");
        }
        for timestamp in ["now", "1.5", "0x1", " 1790000000", "99999999999999999999", "1e9"] {
            let answer = key().verify(&with("webhook-timestamp", timestamp), now());
            assert!(matches!(answer, Err(SignatureError::Missing)), "{timestamp}");
        }
        for signature in ["v1", "v1,", "v1,***", "v2,AAAA", "AAAA", " "] {
            let answer = key().verify(&with(SIGNATURE, signature), now());
            let refused = matches!(answer, Err(SignatureError::Missing | SignatureError::Wrong));
            assert!(refused, "{signature}: {answer:?}");
        }
        for timestamp in [i64::MIN.to_string(), i64::MAX.to_string()] {
            let answer = key().verify(&with("webhook-timestamp", &timestamp), now());
            assert!(matches!(answer, Err(SignatureError::Stale)), "{timestamp}");
        }
    }

    #[test]
    fn a_change_of_any_byte_of_body_id_or_time_is_noticed() {
        for at in 0..signed().body.len() {
            let mut request = signed();
            request.body[at] ^= 1;
            assert!(matches!(key().verify(&request, now()), Err(SignatureError::Wrong)), "{at}");
        }
        let mut longer = signed();
        longer.body.push(b' ');
        for request in
            [longer, with("webhook-id", "evt_2"), with("webhook-timestamp", "1790000001")]
        {
            assert!(matches!(key().verify(&request, now()), Err(SignatureError::Wrong)));
        }
    }

    #[test]
    fn a_change_of_any_place_of_the_signature_is_noticed() {
        let good = signed().header(SIGNATURE).unwrap().to_owned();
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(key().verify(&with(SIGNATURE, &changed), now()).is_err(), "{changed}");
        }
        let other = WebhookKey::parse("another secret").unwrap();
        assert!(matches!(other.verify(&signed(), now()), Err(SignatureError::Wrong)));
    }

    #[test]
    fn a_secret_may_be_plain_text_or_base64_after_its_prefix() {
        let encoded = WebhookKey::parse("whsec_YSB3ZWJob29rIHNlY3JldA==").unwrap();
        assert!(encoded.verify(&signed(), now()).is_ok());
        assert!(matches!(WebhookKey::parse(""), Err(InvalidWebhookSecret::Empty)));
        assert!(matches!(WebhookKey::parse("whsec_"), Err(InvalidWebhookSecret::Empty)));
        assert!(matches!(WebhookKey::parse("whsec_?"), Err(InvalidWebhookSecret::NotBase64(_))));
    }
}
