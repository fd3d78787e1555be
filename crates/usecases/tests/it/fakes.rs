//! Stand-ins for adapters the use cases need and the tests do not test.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use domain::{
    identity::{
        AccessClaims, AccessTokens, ApiKeyId, ApiKeyTokens, DeviceId, DeviceTokens, EmailTokenId,
        EmailTokens, HashError, Locale, PasswordHasher, PasswordStrength, PresentedRefresh,
        PublicKey, RefreshToken, RefreshTokens, Role, Secret, SessionId, SessionLimits, TokenError,
        UserId,
    },
    messaging::{
        MailContent, MailError, MailId, MailRenderer, MailSubject, MailTransport, SentMail,
    },
    payments::{
        Capabilities, CreatedAtProvider, FactKind, FetchedPayment, GatewayError, MalformedNotice,
        OperationRequest, PaymentGateway, PaymentId, PaymentRequest, ProviderFact, ProviderName,
        ProviderNotice, RefundReport, RefundRequest, SignatureError, WebhookRequest,
    },
    shared::{
        id::RawId,
        ports::{Clock, IdGenerator, Randomness},
    },
};
use shaku::{Component, Keyed};
use test_support::{
    clock::FrozenClock, gateway::ScriptedGateway, ids::CountingIds, randomness::CountingRandomness,
};
use time::OffsetDateTime;

#[derive(Component)]
#[shaku(interface = Clock)]
pub(crate) struct TestClock {
    pub(crate) clock: FrozenClock,
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}

#[derive(Component)]
#[shaku(interface = IdGenerator)]
pub(crate) struct TestIds {
    pub(crate) ids: CountingIds,
}

impl IdGenerator for TestIds {
    fn next(&self) -> RawId {
        self.ids.next()
    }
}

#[derive(Component)]
#[shaku(interface = Randomness)]
pub(crate) struct TestRandomness {
    #[shaku(default)]
    randomness: CountingRandomness,
}

impl Randomness for TestRandomness {
    fn secret(&self) -> [u8; 32] {
        self.randomness.secret()
    }
}

/// Gives keyed components what they need: they cannot take parameters themselves.
pub(crate) trait Script: shaku::Interface {
    fn gateway(&self) -> &ScriptedGateway;
    fn says(&self) -> Option<FactKind>;
}

/// The scripted provider, and what it says of the state of what it is asked for.
#[derive(Component)]
#[shaku(interface = Script)]
pub(crate) struct TestScript {
    pub(crate) gateway: ScriptedGateway,
    pub(crate) says: Option<FactKind>,
}

impl Script for TestScript {
    fn gateway(&self) -> &ScriptedGateway {
        &self.gateway
    }

    fn says(&self) -> Option<FactKind> {
        self.says
    }
}

#[derive(Component)]
#[shaku(interface = PaymentGateway)]
pub(crate) struct TestGateway {
    #[shaku(inject)]
    script: Arc<dyn Script>,
}

impl Keyed for TestGateway {
    type KeyType = ProviderName;
    const KEY: ProviderName = ProviderName::Mock;
}

#[async_trait]
impl PaymentGateway for TestGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        let created = self.script.gateway().create(request).await?;
        Ok(CreatedAtProvider { state: self.script.says(), ..created })
    }

    async fn capture(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.script.gateway().capture(request).await
    }

    async fn void(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.script.gateway().void(request).await
    }

    async fn fetch(
        &self,
        payment: PaymentId,
        provider_payment_id: Option<&str>,
    ) -> Result<Option<FetchedPayment>, GatewayError> {
        self.script.gateway().fetch(payment, provider_payment_id).await
    }

    fn capabilities(&self) -> Capabilities {
        self.script.gateway().capabilities()
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        self.script.gateway().refund(request).await
    }

    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        self.script.gateway().verify_webhook(request, now)
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<ProviderNotice, MalformedNotice> {
        self.script.gateway().parse_webhook(request)
    }
}

/// Hashes nothing, and counts how often it was asked.
#[derive(Component)]
#[shaku(interface = PasswordHasher)]
pub(crate) struct PlainHasher {
    pub(crate) verifications: Arc<AtomicU32>,
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Secret) -> Result<String, HashError> {
        Ok(format!("plain:{}", password.0))
    }

    async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, HashError> {
        self.verifications.fetch_add(1, Ordering::SeqCst);
        let matches =
            |hash: &str| hash.split_once(':').is_some_and(|(_, plain)| plain == password.0);
        Ok(hash.is_some_and(matches))
    }

    fn is_outdated(&self, hash: &str) -> bool {
        !hash.starts_with("plain:")
    }
}

/// Knows one common password, and what it is told about the owner.
#[derive(Component)]
#[shaku(interface = PasswordStrength)]
pub(crate) struct KnownWords;

#[async_trait]
impl PasswordStrength for KnownWords {
    async fn guesses_log10(&self, password: &Secret, known: &[&str]) -> Result<f64, HashError> {
        let is_common =
            password.0 == "password" || known.iter().any(|word| password.0.contains(word));
        Ok(if is_common { 0.5 } else { 12.0 })
    }
}

/// Tokens anybody can read: `user session role issued-at authenticated-at`.
#[derive(Component)]
#[shaku(interface = AccessTokens)]
pub(crate) struct ReadableAccessTokens;

impl AccessTokens for ReadableAccessTokens {
    fn issue(&self, claims: &AccessClaims, now: OffsetDateTime) -> Result<Secret, TokenError> {
        let AccessClaims { user, session, role, authenticated_at } = claims;
        let (now, then) = (now.unix_timestamp(), authenticated_at.unix_timestamp());
        Ok(Secret(format!("{user} {session} {role} {now} {then}")))
    }

    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenError> {
        let invalid = || TokenError::Invalid("not a token".into());
        let parts: Vec<_> = token.split(' ').collect();
        let [user, session, role, issued_at, then] = parts[..] else { return Err(invalid()) };
        let issued_at: i64 = issued_at.parse().unwrap();
        if now.unix_timestamp() >= issued_at + 900 {
            return Err(invalid());
        }
        Ok(AccessClaims {
            user: UserId::new(user.parse().unwrap()),
            session: SessionId::new(session.parse().unwrap()),
            role: Role::parse(role).unwrap(),
            authenticated_at: OffsetDateTime::from_unix_timestamp(then.parse().unwrap()).unwrap(),
        })
    }

    fn lifetime_seconds(&self) -> u64 {
        900
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        Vec::new()
    }
}

/// Tokens anybody can read: `session generation secret`, the secret being one byte, repeated.
#[derive(Component)]
#[shaku(interface = RefreshTokens)]
pub(crate) struct ReadableRefreshTokens;

fn readable(session: SessionId, generation: i64, secret: [u8; 32]) -> (RefreshToken, [u8; 32]) {
    let hash = secret.map(|byte| byte ^ 0xff);
    (RefreshToken(format!("{session} {generation} {}", secret[31])), hash)
}

impl RefreshTokens for ReadableRefreshTokens {
    fn first(&self, session: SessionId, secret: [u8; 32]) -> (RefreshToken, [u8; 32]) {
        readable(session, 1, [secret[31]; 32])
    }

    fn successor(&self, presented: &PresentedRefresh) -> (RefreshToken, [u8; 32]) {
        let secret = presented.secret.map(|byte| byte.wrapping_add(100));
        readable(presented.session, presented.generation + 1, secret)
    }

    fn parse(&self, token: &RefreshToken) -> Option<PresentedRefresh> {
        let parts: Vec<_> = token.0.split(' ').collect();
        let [session, generation, secret] = parts[..] else { return None };
        let session = SessionId::new(session.parse().ok()?);
        let generation = generation.parse().ok()?;
        let secret = [secret.parse().ok()?; 32];
        let (_, hash) = readable(session, generation, secret);
        Some(PresentedRefresh { session, generation, hash, secret, is_of_other_key: false })
    }

    fn limits(&self) -> SessionLimits {
        SessionLimits { idle: time::Duration::days(30), whole: time::Duration::days(90) }
    }
}

/// Tokens anybody can read: `user device`.
#[derive(Component)]
#[shaku(interface = DeviceTokens)]
pub(crate) struct ReadableDeviceTokens;

impl DeviceTokens for ReadableDeviceTokens {
    fn issue(&self, user: UserId, device: DeviceId, _: OffsetDateTime) -> Secret {
        Secret(format!("{user} {device}"))
    }

    fn verify(&self, token: &Secret, _: OffsetDateTime) -> Option<(UserId, DeviceId)> {
        let (user, device) = token.0.split_once(' ')?;
        Some((UserId::new(user.parse().ok()?), DeviceId::new(device.parse().ok()?)))
    }

    fn lifetime(&self) -> time::Duration {
        time::Duration::days(180)
    }
}

/// The identity in plain.
#[derive(Component)]
#[shaku(interface = EmailTokens)]
pub(crate) struct ReadableEmailTokens;

impl EmailTokens for ReadableEmailTokens {
    fn text(&self, id: EmailTokenId) -> Secret {
        Secret(format!("token-{id}"))
    }

    fn parse(&self, text: &Secret) -> Option<EmailTokenId> {
        Some(EmailTokenId::new(text.0.strip_prefix("token-")?.parse().ok()?))
    }
}

/// The key and the last byte of the secret, in plain.
#[derive(Component)]
#[shaku(interface = ApiKeyTokens)]
pub(crate) struct ReadableApiKeyTokens;

impl ApiKeyTokens for ReadableApiKeyTokens {
    fn mint(&self, key: ApiKeyId, secret: [u8; 32]) -> (Secret, [u8; 32]) {
        (Secret(format!("key {key} {}", secret[31])), [secret[31]; 32])
    }

    fn parse(&self, token: &str) -> Option<(ApiKeyId, [u8; 32])> {
        let (key, secret) = token.strip_prefix("key ")?.split_once(' ')?;
        Some((ApiKeyId::new(key.parse().ok()?), [secret.parse().ok()?; 32]))
    }
}

/// Writes one line; cannot render a greeting of somebody named `unrenderable`.
#[derive(Component)]
#[shaku(interface = MailRenderer)]
pub(crate) struct OneLineRenderer;

impl MailRenderer for OneLineRenderer {
    fn render(
        &self,
        id: MailId,
        to: &str,
        content: &MailContent,
        now: OffsetDateTime,
    ) -> Result<SentMail, MailError> {
        let MailContent { template, locale, name, about } = content;
        let language = if *locale == Locale::Ru { "ru " } else { "" };
        if name == "unrenderable" {
            return Err(MailError::Render("bad template".into()));
        }
        let text = match about {
            MailSubject::Account => format!("{language}{template} {name}"),
            MailSubject::Token(token) => format!("{language}{template} {name} {}", token.0),
            MailSubject::Order(order) => format!("{language}{template} {name} {}", order.number),
        };
        let (to, subject, html) = (to.to_owned(), text.clone(), text.clone());
        Ok(SentMail { id, to, subject, text, html, created_at: now })
    }
}

/// Keeps what it was given, and fails as often as it was told to.
#[derive(Clone, Default, Component)]
#[shaku(interface = MailTransport)]
pub(crate) struct KeepingTransport {
    #[shaku(default)]
    pub(crate) sent: Arc<Mutex<Vec<SentMail>>>,
    #[shaku(default)]
    pub(crate) failures: Arc<AtomicU32>,
}

#[async_trait]
impl MailTransport for KeepingTransport {
    async fn send(&self, mail: &SentMail) -> Result<(), MailError> {
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(MailError::Transport("421 try later".into()));
        }
        self.sent.lock().unwrap().push(mail.clone());
        Ok(())
    }
}
