use async_trait::async_trait;
use domain::{
    identity::{
        ApiKey, ApiKeyGrant, ApiKeyId, ApiKeyReads, ApiKeyRepository, Permissions, Role, Standing,
        UserId,
    },
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_enum, get_optional_time, get_time, micros},
    sql::{Dialect, Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ApiKeyRepository for SeaUnitOfWork {
    async fn insert(
        &mut self,
        key: &ApiKey,
        secret_hash: [u8; 32],
        most: u64,
    ) -> Result<bool, StoreError> {
        if self.dialect() == Dialect::Postgres {
            // Two keys made at once would each overlook the other.
            self.fetch(LOCK_OWNER, values![key.user.raw()].to_vec()).await?;
        }
        let values = values![
            key.id.raw(),
            key.user.raw(),
            key.name.as_str(),
            key.scopes.to_string(),
            secret_hash.to_vec(),
            micros(key.created_at),
            key.expires_at.map(micros),
            i64::try_from(most).unwrap_or(i64::MAX),
        ];
        Ok(self.execute(INSERT, values.to_vec()).await? == 1)
    }

    async fn revoke(
        &mut self,
        owner: UserId,
        key: ApiKeyId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let values = values![micros(now), owner.raw(), key.raw()].to_vec();
        Ok(self.execute(REVOKE, values).await? == 1)
    }
}

/// Reads keys for programs from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = ApiKeyReads)]
pub struct SeaApiKeyReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl ApiKeyReads for SeaApiKeyReads {
    async fn keys_of(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.db.fetch(KEYS_OF, values![owner.raw(), micros(now)].to_vec()).await?;
        rows.iter().map(key).collect()
    }

    async fn grant(
        &self,
        key: ApiKeyId,
        secret_hash: [u8; 32],
        now: OffsetDateTime,
    ) -> Result<Option<ApiKeyGrant>, StoreError> {
        let values = values![key.raw(), secret_hash.to_vec(), micros(now)].to_vec();
        self.db.fetch_first(GRANT, values).await?.as_ref().map(grant).transpose()
    }

    async fn note_use(&self, key: ApiKeyId, now: OffsetDateTime) -> Result<(), StoreError> {
        let uow = self.db.begin(&Provenance::default()).await?;
        uow.execute(NOTE_USE, values![micros(now), key.raw()].to_vec()).await?;
        Box::new(uow).commit().await
    }
}

fn key(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: ApiKeyId::new(get(row, "id")?),
        user: UserId::new(get(row, "user_id")?),
        name: get(row, "name")?,
        scopes: get_enum(row, "scopes", Permissions::parse)?,
        created_at: get_time(row, "created_at")?,
        expires_at: get_optional_time(row, "expires_at")?,
        last_used_at: get_optional_time(row, "last_used_at")?,
    })
}

fn grant(row: &Row) -> Result<ApiKeyGrant, StoreError> {
    Ok(ApiKeyGrant {
        user: UserId::new(get(row, "user_id")?),
        standing: Standing {
            role: get_enum(row, "role", Role::parse)?,
            permissions: get_enum(row, "permissions", Permissions::parse)?,
        },
        scopes: get_enum(row, "scopes", Permissions::parse)?,
        last_used_at: get_optional_time(row, "last_used_at")?,
    })
}

const LOCK_OWNER: &str = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE";

const INSERT: &str = "INSERT INTO api_keys (id, user_id, name, scopes, secret_hash, created_at, \
    expires_at) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT COUNT(*) FROM api_keys \
    WHERE user_id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $6)) < $8";

const REVOKE: &str = "UPDATE api_keys SET revoked_at = $1 \
    WHERE user_id = $2 AND id = $3 AND revoked_at IS NULL";

const KEYS_OF: &str = "SELECT id, user_id, name, scopes, created_at, expires_at, last_used_at \
    FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL \
    AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC";

const GRANT: &str = "SELECT k.user_id, k.scopes, k.last_used_at, u.role, u.permissions \
    FROM api_keys k JOIN users u ON u.id = k.user_id \
    WHERE k.id = $1 AND k.secret_hash = $2 AND k.revoked_at IS NULL AND u.is_active \
    AND (k.expires_at IS NULL OR k.expires_at > $3)";

const NOTE_USE: &str = "UPDATE api_keys SET last_used_at = $1 WHERE id = $2";
