use async_trait::async_trait;
use domain::{
    identity::{
        ApiKey, ApiKeyGrant, ApiKeyId, ApiKeyReads, ApiKeyRepository, NewUser, Standing, UserId,
    },
    shared::error::StoreError,
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, state::Tables};

fn live(tables: &Tables, owner: UserId, now: OffsetDateTime) -> impl Iterator<Item = &ApiKey> {
    let keys = tables.api_keys.values().map(|(key, _)| key);
    keys.filter(move |key| key.user == owner && key.expires_at.is_none_or(|end| end > now))
}

#[async_trait]
impl ApiKeyRepository for MemoryUnitOfWork {
    async fn insert(
        &mut self,
        key: &ApiKey,
        secret_hash: [u8; 32],
        most: u64,
    ) -> Result<bool, StoreError> {
        let count = live(self.tables(), key.user, key.created_at).count();
        if u64::try_from(count).is_ok_and(|count| count >= most) {
            return Ok(false);
        }
        self.write().api_keys.insert(key.id, (key.clone(), secret_hash));
        Ok(true)
    }

    async fn revoke(
        &mut self,
        owner: UserId,
        key: ApiKeyId,
        _now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let is_own = self.tables().api_keys.get(&key).is_some_and(|(key, _)| key.user == owner);
        Ok(is_own && self.write().api_keys.remove(&key).is_some())
    }
}

/// [`ApiKeyReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = ApiKeyReads)]
pub struct MemoryApiKeyReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryApiKeyReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl ApiKeyReads for MemoryApiKeyReads {
    async fn keys_of(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<ApiKey>, StoreError> {
        let tables = self.state.lock();
        let mut keys: Vec<_> = live(&tables, owner, now).cloned().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.id));
        Ok(keys)
    }

    async fn grant(
        &self,
        key: ApiKeyId,
        secret_hash: [u8; 32],
        now: OffsetDateTime,
    ) -> Result<Option<ApiKeyGrant>, StoreError> {
        let tables = self.state.lock();
        let Some((key, hash)) = tables.api_keys.get(&key) else { return Ok(None) };
        let is_live = *hash == secret_hash && key.expires_at.is_none_or(|end| end > now);
        let owner = tables.users.get(&key.user).filter(|owner| owner.state().is_active && is_live);
        Ok(owner.map(|owner| {
            let NewUser { role, permissions, .. } = owner.profile;
            ApiKeyGrant {
                user: key.user,
                standing: Standing { role, permissions },
                scopes: key.scopes,
                last_used_at: key.last_used_at,
            }
        }))
    }

    async fn note_use(&self, key: ApiKeyId, now: OffsetDateTime) -> Result<(), StoreError> {
        if let Some((key, _)) = self.state.lock().api_keys.get_mut(&key) {
            key.last_used_at = Some(now);
        }
        Ok(())
    }
}
