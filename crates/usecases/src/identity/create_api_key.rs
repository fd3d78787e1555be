use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    identity::{
        ApiKey, ApiKeyError, ApiKeyId, ApiKeyTokens, CreateApiKey, CreateApiKeyCommand,
        IdentityStore, MAX_API_KEYS, NewApiKey,
    },
    shared::{
        actor::Forbidden,
        event::Provenance,
        ports::{Clock, IdGenerator, Randomness},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`CreateApiKey`].
#[derive(Component)]
#[shaku(interface = CreateApiKey)]
pub struct CreateApiKeyUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    tokens: Arc<dyn ApiKeyTokens>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
    #[shaku(inject)]
    randomness: Arc<dyn Randomness>,
}

#[async_trait]
impl CreateApiKey for CreateApiKeyUseCase {
    #[tracing::instrument(name = "identity.create_api_key", skip_all)]
    async fn execute(&self, command: CreateApiKeyCommand) -> Result<NewApiKey, ApiKeyError> {
        let actor = command.actor;
        if !command.scopes.iter().all(|scope| actor.may(scope)) {
            return Err(ApiKeyError::Scope(Forbidden));
        }
        let id = ApiKeyId::new(self.ids.next());
        let (token, secret_hash) = self.tokens.mint(id, self.randomness.secret());
        let key = ApiKey {
            id,
            user: actor.user,
            name: command.name,
            scopes: command.scopes,
            created_at: self.clock.now(),
            expires_at: command.expires_at,
            last_used_at: None,
        };
        retry_lost_races(|| self.attempt(command.by, &key, secret_hash, &command.provenance))
            .await?;
        Ok(NewApiKey { key, token })
    }
}

impl CreateApiKeyUseCase {
    async fn attempt(
        &self,
        by: AuditActor,
        key: &ApiKey,
        secret_hash: [u8; 32],
        provenance: &Provenance,
    ) -> Result<(), ApiKeyError> {
        let mut uow = self.store.begin(provenance).await?;
        if !uow.api_keys().insert(key, secret_hash, MAX_API_KEYS).await? {
            return Err(ApiKeyError::TooMany);
        }
        let (action, kind) = (AuditAction::ApiKeyCreated, AuditTargetKind::ApiKey);
        uow.audit().record(AuditEntry::new(by, action, kind, key.id.raw(), key.created_at));
        Ok(uow.commit().await?)
    }
}
