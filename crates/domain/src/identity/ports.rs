use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    ApiKeyRepository, AuthenticateError, Device, EmailAddress, EmailTokenRepository, Locale,
    LogInError, LogOutError, PresentedRefresh, RefreshError, RefreshToken, RegisterError, Role,
    Session, SessionId, SessionLimits, SessionState, StepUpError, User, UserId, UserView, Username,
};
use crate::audit::AuditActor;
use crate::messaging::MailQueue;
use crate::shared::{
    actor::Actor,
    announcements::Observer,
    error::{Cause, Coded, ErrorKind, StoreError},
    event::{Provenance, Stamp},
    ports::UnitOfWork,
};

// Driving side: what the outside may ask of this context.

/// Input of [`RegisterUser`].
#[derive(Clone, Debug)]
pub struct RegisterUserCommand {
    /// Where mail goes.
    pub email: EmailAddress,
    /// Second name to log in with.
    pub username: Option<Username>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// In plain, NFC; never logged.
    pub password: Secret,
    /// What the person may do; the edge decides who may say anything but `user`.
    pub role: Role,
    /// Language of the mails.
    pub locale: Locale,
    /// What its first session is opened from.
    pub device: Device,
    /// What set it off.
    pub provenance: Provenance,
}

/// Text that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A new account and its first session.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The person.
    pub user: UserView,
    /// Signed in at once.
    pub tokens: SignedIn,
}

/// Makes an account and signs it in.
#[async_trait]
pub trait RegisterUser: Interface {
    /// Exactly one of several racing registrations of one address succeeds.
    async fn execute(&self, command: RegisterUserCommand) -> Result<Registered, RegisterError>;
}

/// Makes an account, and says nothing about who has one.
#[async_trait]
pub trait RegisterQuietly: Interface {
    /// A new account is mailed a token that proves its address, and cannot be used before; one
    /// there is already is mailed a token that sets a new password. The answer is the same.
    async fn execute(&self, command: RegisterUserCommand) -> Result<(), RegisterError>;
}

/// Input of [`LogIn`].
#[derive(Clone, Debug)]
pub struct LogInCommand {
    /// E-mail address or user name, as typed.
    pub login: String,
    /// In plain, NFC.
    pub password: Secret,
    /// What the session is opened from.
    pub device: Device,
    /// What the device is recognised by, when it logged in before.
    pub known_device: Option<Secret>,
}

/// Somebody who logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The session's tokens.
    pub tokens: SignedIn,
    /// For a device that was not known.
    pub device: Option<KnownDevice>,
}

/// What a device is recognised by from now on.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    /// Opaque to the device.
    pub token: Secret,
    /// How long it is good.
    pub lifetime: time::Duration,
}

/// A pair of tokens.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// JWT for the `Authorization` header.
    pub access_token: Secret,
    /// Makes the next pair.
    pub refresh_token: RefreshToken,
    /// Seconds the access token lives.
    pub expires_in: u64,
}

/// Opens a session for somebody who knows the password.
#[async_trait]
pub trait LogIn: Interface {
    /// Does the same work whether the account exists or not.
    async fn execute(&self, command: LogInCommand) -> Result<LoggedIn, LogInError>;
}

/// Exchanges a refresh token for the next pair.
#[async_trait]
pub trait RefreshSession: Interface {
    /// Rotates; reuse of a spent token ends the session in this call.
    async fn execute(
        &self,
        token: RefreshToken,
        provenance: Provenance,
    ) -> Result<SignedIn, RefreshError>;
}

/// Input of [`StepUp`].
#[derive(Clone, Debug)]
pub struct StepUpCommand {
    /// Who, in which session.
    pub actor: Actor,
    /// In plain, NFC.
    pub password: Secret,
}

/// An access token alone.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// JWT for the `Authorization` header.
    pub token: Secret,
    /// Seconds it lives.
    pub expires_in: u64,
}

/// Proves the password again, for what an old log-in is not enough for.
#[async_trait]
pub trait StepUp: Interface {
    /// The session, and every access token made for it from now on, tell the moment.
    async fn execute(&self, command: StepUpCommand) -> Result<AccessToken, StepUpError>;
}

/// Input of [`LogOut`].
#[derive(Clone, Debug)]
pub struct LogOutCommand {
    /// Who.
    pub actor: Actor,
    /// What is ended.
    pub which: OwnSessions,
    /// What set it off.
    pub provenance: Provenance,
}

/// Some of a person's own sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnSessions {
    /// The one that asks.
    This,
    /// This one, perhaps of another device.
    One(SessionId),
    /// Every one.
    All,
}

/// Ends sessions of the person who asks.
#[async_trait]
pub trait LogOut: Interface {
    /// Effective at once on this instance, and within a second on every other one.
    async fn execute(&self, command: LogOutCommand) -> Result<(), LogOutError>;
}

/// Input of [`RevokeSessions`].
#[derive(Clone, Debug)]
pub struct RevokeSessionsCommand {
    /// Who ends them.
    pub by: AuditActor,
    /// Whose.
    pub user: UserId,
    /// This one alone.
    pub only: Option<SessionId>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Ends sessions of somebody else, and notes it in the audit log.
#[async_trait]
pub trait RevokeSessions: Interface {
    /// Answers which were ended; those that were over already are not among them.
    async fn execute(&self, command: RevokeSessionsCommand) -> Result<Vec<SessionId>, StoreError>;
}

/// Removes sessions that are over, and what is left of mailed tokens.
#[async_trait]
pub trait CleanUpSessions: Interface {
    /// Removes at most `limit` sessions that ended or expired longer than `over_for` ago, or than
    /// the shop wants to keep them, and as many mailed tokens made two days ago; answers how many
    /// of both.
    async fn execute(
        &self,
        over_for: Option<std::time::Duration>,
        limit: u32,
    ) -> Result<u32, StoreError>;
}

/// Finds out who a request comes from.
#[async_trait]
pub trait Authenticate: Interface {
    /// Checks the token and that its session is alive.
    async fn execute(&self, access_token: &str) -> Result<Actor, AuthenticateError>;
}

// Driven side: what this context needs from the outside.

/// People inside one unit of work.
#[async_trait]
pub trait UserRepository: Send {
    /// Stores a new person with the events recorded.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] by `uq_users_email_key` or `uq_users_username_key`.
    async fn insert(&mut self, user: &User) -> Result<(), StoreError>;
    /// Replaces the hash `from` by `to`, of the same password; `false` when it is another by now.
    async fn rehash(&mut self, user: UserId, from: &str, to: &str) -> Result<bool, StoreError>;
    /// The person, unless erased. Others who want to change the person wait until this unit of
    /// work ends.
    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// As [`find`](Self::find), by [`EmailAddress::key`].
    async fn find_by_email(&mut self, email_key: &str) -> Result<Option<User>, StoreError>;
    /// Stores what changed, with the events recorded. Of an erased person, other tables forget
    /// what they hold as well: mails, with the reasons why some did not leave, mailed tokens, and
    /// what sessions were opened from.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the person is not in the state that was loaded, and
    /// [`StoreError::AlreadyExists`] as [`insert`](Self::insert).
    async fn update(&mut self, user: &User) -> Result<(), StoreError>;
    /// Everybody who runs the shop and can sign in. Until this unit of work ends, nobody stops
    /// being one of them, so that two who leave at once cannot both overlook the other; it comes
    /// before [`find`](Self::find).
    async fn super_admins(&mut self) -> Result<Vec<UserId>, StoreError>;
}

/// Sessions inside one unit of work.
#[async_trait]
pub trait SessionRepository: Send {
    /// Opens a session. The oldest live ones beyond `keep` of the same person are ended.
    async fn open(&mut self, session: &Session, keep: u32) -> Result<(), StoreError>;
    /// The session, with its owner's role and whether the account may be used.
    async fn find(&mut self, id: SessionId) -> Result<Option<(Session, Role, bool)>, StoreError>;
    /// Replaces the live token of `session` as it was found; `false` when somebody else did.
    async fn rotate(
        &mut self,
        session: &Session,
        next_hash: [u8; 32],
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Notes that the owner gave the password in a live session of `user`; `false` when there is
    /// no such session.
    async fn authenticated(
        &mut self,
        user: UserId,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Ends a session because a spent token came back, and records it.
    async fn revoke_family(&mut self, session: &Session, stamp: Stamp) -> Result<(), StoreError>;
    /// Ends one session of `user`, or all of them; answers which.
    async fn revoke(
        &mut self,
        user: UserId,
        only: Option<SessionId>,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError>;
    /// Removes at most `limit` sessions that ended or expired before `before`; answers how many.
    async fn remove_over(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError>;
    /// Ends every session of `user` but `keep`; answers which.
    async fn revoke_others(
        &mut self,
        user: UserId,
        keep: SessionId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError>;
}

/// What this process remembers of sessions. It forgets those that are announced under
/// [`Topic::Sessions`](crate::shared::announcements::Topic::Sessions), and all soon.
pub trait KnownSessions: Interface + Observer {
    /// What is remembered, if it may still be believed.
    fn recall(&self, session: SessionId) -> Option<SessionState>;
    /// Remembers what the database said when it was asked at `asked_at`, unless the session was
    /// forgotten meanwhile.
    fn remember(&self, session: SessionId, state: SessionState, asked_at: OffsetDateTime);
}

impl dyn KnownSessions {
    /// How long a session is believed to be as it was, so that what is announced by nobody is
    /// noticed all the same.
    pub const BELIEVED_FOR: time::Duration = time::Duration::SECOND;
}

/// Everything the identity context may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait IdentityUnitOfWork: UnitOfWork {
    /// People.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Keys for programs.
    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository;
    /// Mailed tokens.
    fn email_tokens(&mut self) -> &mut dyn EmailTokenRepository;
    /// Mails.
    fn mails(&mut self) -> &mut dyn MailQueue;
}

/// Opens units of work for the identity context.
#[async_trait]
pub trait IdentityStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn IdentityUnitOfWork>, StoreError>;
}

/// Turns passwords into something that can be stored, and back into a yes or no.
#[async_trait]
pub trait PasswordHasher: Interface {
    /// PHC string of `password`.
    async fn hash(&self, password: &Secret) -> Result<String, HashError>;
    /// Whether `password` belongs to `hash`. Without a hash it does the same work and says no.
    async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, HashError>;
    /// Whether a hash that was just verified should be made anew: by another algorithm, or with
    /// other parameters than today's.
    fn is_outdated(&self, hash: &str) -> bool;
}

/// Hashing did not happen.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already; nothing else may starve for it.
    #[error("too many passwords are being checked")]
    Busy,
    /// A stored hash cannot be read, or the hasher failed.
    #[error("password hashing failed")]
    Failed(#[source] Cause),
}

impl Coded for HashError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "hashing_busy",
            Self::Failed(_) => "internal",
        }
    }
}

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`.
    pub user: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `role`.
    pub role: Role,
    /// `auth_time`, in whole seconds: when the password was last given.
    pub authenticated_at: OffsetDateTime,
}

/// Makes and checks access tokens (JWT, RFC 7519).
pub trait AccessTokens: Interface {
    /// Signs a token that is valid from `now`, with a `jti` of its own.
    fn issue(&self, claims: &AccessClaims, now: OffsetDateTime) -> Result<Secret, TokenError>;
    /// Checks signature, algorithm, type, issuer, audience and times.
    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenError>;
    /// Seconds a token lives.
    fn lifetime_seconds(&self) -> u64;
    /// Keys others can check tokens with; none when tokens are signed with a secret.
    fn public_keys(&self) -> Vec<PublicKey>;
}

/// An Ed25519 key that tokens are checked with (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `kid` of the tokens it is for.
    pub id: String,
    /// The key itself.
    pub bytes: [u8; 32],
}

/// Makes and takes apart refresh tokens.
pub trait RefreshTokens: Interface {
    /// The first token of a session from fresh randomness, and the hash to store.
    fn first(&self, session: SessionId, secret: [u8; 32]) -> (RefreshToken, [u8; 32]);
    /// The successor of `presented`, always the same one, and the hash to store.
    fn successor(&self, presented: &PresentedRefresh) -> (RefreshToken, [u8; 32]);
    /// Takes a token apart; `None` when its MAC is not ours.
    fn parse(&self, token: &RefreshToken) -> Option<PresentedRefresh>;
    /// How long sessions last.
    fn limits(&self) -> SessionLimits;
}

/// Makes the tokens that tell a page of ours from one of somebody else's: a browser sends cookies
/// along for both.
pub trait CsrfTokens: Interface {
    /// The token of a session; only who may read its cookies can know it.
    fn token(&self, session: SessionId) -> Secret;
    /// Whether `token` is that of `session`, in constant time.
    fn verify(&self, session: SessionId, token: &str) -> bool;
}

/// A token that cannot be made or is not good.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Malformed, forged, expired, or of another kind.
    #[error("the token is not valid")]
    Invalid(#[source] Cause),
    /// Signing failed.
    #[error("the token could not be signed")]
    Signing(#[source] Cause),
}
