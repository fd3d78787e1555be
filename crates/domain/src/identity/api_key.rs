use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{Permissions, Secret, Standing, UserId};
use crate::{
    audit::AuditActor,
    shared::{
        actor::{Actor, Forbidden},
        error::{Coded, ErrorKind, StoreError},
        event::Provenance,
    },
    typed_id,
};

typed_id!(
    /// Identity of a key for programs.
    ApiKeyId
);

/// Live keys a person may have.
pub const MAX_API_KEYS: u64 = 20;

/// A key with which a program acts for a person, within its scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Identity.
    pub id: ApiKeyId,
    /// For whom it acts.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, as far as its owner may at that moment.
    pub scopes: Permissions,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it stops working, if ever.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

/// What a live key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiKeyGrant {
    /// For whom it acts.
    pub user: UserId,
    /// What its owner may.
    pub standing: Standing,
    /// What it may do of that.
    pub scopes: Permissions,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

/// Input of [`CreateApiKey`].
#[derive(Clone, Debug)]
pub struct CreateApiKeyCommand {
    /// Whose key.
    pub actor: Actor,
    /// Who makes it: the owner, or whoever runs the command line.
    pub by: AuditActor,
    /// What the owner calls it, 1..=100 characters.
    pub name: String,
    /// What it may do; no more than its owner may.
    pub scopes: Permissions,
    /// When it stops working.
    pub expires_at: Option<OffsetDateTime>,
    /// What set it off.
    pub provenance: Provenance,
}

/// A new key, and the only time its secret is shown.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// What the program sends as its bearer token.
    pub token: Secret,
}

/// Makes keys for programs.
#[async_trait]
pub trait CreateApiKey: Interface {
    /// Stores only the hash of the secret.
    async fn execute(&self, command: CreateApiKeyCommand) -> Result<NewApiKey, ApiKeyError>;
}

/// Input of [`RevokeApiKey`].
#[derive(Clone, Debug)]
pub struct RevokeApiKeyCommand {
    /// Whose key.
    pub owner: UserId,
    /// Who ends it: the owner, or whoever runs the command line.
    pub by: AuditActor,
    /// Which one.
    pub key: ApiKeyId,
    /// What set it off.
    pub provenance: Provenance,
}

/// Ends keys for programs.
#[async_trait]
pub trait RevokeApiKey: Interface {
    /// The next request with the key is refused, on every instance.
    async fn execute(&self, command: RevokeApiKeyCommand) -> Result<(), ApiKeyError>;
}

/// Keys inside one unit of work.
#[async_trait]
pub trait ApiKeyRepository: Send {
    /// Stores a new key; `false`, and nothing, when its owner has `most` live ones.
    async fn insert(
        &mut self,
        key: &ApiKey,
        secret_hash: [u8; 32],
        most: u64,
    ) -> Result<bool, StoreError>;
    /// Ends a live key of `owner`; `false` when there is none.
    async fn revoke(
        &mut self,
        owner: UserId,
        key: ApiKeyId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}

/// Reads of keys, straight from the database.
#[async_trait]
pub trait ApiKeyReads: Interface {
    /// Live keys of `owner`, newest first.
    async fn keys_of(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<ApiKey>, StoreError>;
    /// What the key with this secret stands for while it and its owner's account live.
    async fn grant(
        &self,
        key: ApiKeyId,
        secret_hash: [u8; 32],
        now: OffsetDateTime,
    ) -> Result<Option<ApiKeyGrant>, StoreError>;
    /// Notes that the key was used.
    async fn note_use(&self, key: ApiKeyId, now: OffsetDateTime) -> Result<(), StoreError>;
}

/// Makes and takes apart the tokens of keys.
pub trait ApiKeyTokens: Interface {
    /// The token of a key, and the hash to store.
    fn mint(&self, key: ApiKeyId, secret: [u8; 32]) -> (Secret, [u8; 32]);
    /// The key and the hash of its secret; `None` when it is not shaped like one of ours.
    fn parse(&self, token: &str) -> Option<(ApiKeyId, [u8; 32])>;
}

/// Why a key was not made or ended. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// There is none, or it is somebody else's.
    #[error("no such key")]
    NotFound,
    /// The owner may not do what the key should.
    #[error("a key may do no more than its owner")]
    Scope(#[source] Forbidden),
    /// The owner has [`MAX_API_KEYS`].
    #[error("there are too many keys")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for ApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Scope(_) => ErrorKind::Forbidden,
            Self::TooMany => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "api_key_not_found",
            Self::Scope(_) => "api_key_scope",
            Self::TooMany => "api_key_limit",
            Self::Store(error) => error.code(),
        }
    }
}
