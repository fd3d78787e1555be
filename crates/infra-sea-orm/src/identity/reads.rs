use async_trait::async_trait;
use domain::{
    identity::{
        Credentials, Device, IdentityReads, Locale, Permissions, Role, SessionId, SessionState,
        SessionView, Standing, UserId, UserView,
    },
    shared::error::StoreError,
};
use sea_orm::Value;
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_enum, get_time, micros},
    sql::{Row, Sql, list},
    sql_list::values,
};

/// Reads people and sessions from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = IdentityReads)]
pub struct SeaIdentityReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl IdentityReads for SeaIdentityReads {
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        let row = self.db.fetch_first(USER, values![id.raw()].to_vec()).await?;
        row.as_ref().map(user).transpose()
    }

    async fn credentials(&self, login_key: &str) -> Result<Option<Credentials>, StoreError> {
        let row = self.db.fetch_first(CREDENTIALS, values![login_key].to_vec()).await?;
        row.as_ref().map(credentials).transpose()
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>, StoreError> {
        let row = self.db.fetch_first(CREDENTIALS_OF, values![user.raw()].to_vec()).await?;
        row.as_ref().map(credentials).transpose()
    }

    async fn live_among(
        &self,
        sessions: &[SessionId],
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        if sessions.is_empty() {
            return Ok(Vec::new());
        }
        let sql = LIVE_AMONG.replace("{sessions}", &list(2, sessions.len()));
        let mut values = values![micros(now)].to_vec();
        values.extend(sessions.iter().map(|session| Value::from(session.raw())));
        let rows = self.db.fetch(&sql, values).await?;
        rows.iter().map(|row| get(row, "id").map(SessionId::new)).collect()
    }

    async fn session_state(
        &self,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<SessionState, StoreError> {
        let values = values![id.raw(), micros(now)].to_vec();
        let live = self.db.fetch_first(LIVE_SESSION, values).await?;
        Ok(match live {
            Some(owner) => SessionState::Live(Standing {
                role: get_enum(&owner, "role", Role::parse)?,
                permissions: get_enum(&owner, "permissions", Permissions::parse)?,
            }),
            None => SessionState::Ended,
        })
    }

    async fn sessions(
        &self,
        user: UserId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionView>, StoreError> {
        let rows = self.db.fetch(LIVE_SESSIONS, values![user.raw(), micros(now)].to_vec()).await?;
        rows.iter().map(session).collect()
    }
}

pub(super) fn user(row: &Row) -> Result<UserView, StoreError> {
    Ok(UserView {
        id: UserId::new(get(row, "id")?),
        email: get(row, "email")?,
        username: get(row, "username")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        role: get_enum(row, "role", Role::parse)?,
        permissions: get_enum(row, "permissions", Permissions::parse)?,
        is_active: get(row, "is_active")?,
        is_verified: get(row, "is_verified")?,
        locale: get_enum(row, "locale", Locale::parse)?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

fn session(row: &Row) -> Result<SessionView, StoreError> {
    Ok(SessionView {
        id: SessionId::new(get(row, "id")?),
        device: Device { name: get(row, "device")?, network: get(row, "network")? },
        created_at: get_time(row, "created_at")?,
        last_used_at: get_time(row, "rotated_at")?,
        expires_at: get_time(row, "expires_at")?,
    })
}

fn credentials(row: &Row) -> Result<Credentials, StoreError> {
    Ok(Credentials {
        user: UserId::new(get(row, "id")?),
        password_hash: get(row, "password_hash")?,
        role: get_enum(row, "role", Role::parse)?,
        is_active: get(row, "is_active")?,
        is_verified: get(row, "is_verified")?,
    })
}

/// Columns [`user`] reads.
macro_rules! user_columns {
    () => {
        "id, email, username, first_name, last_name, role, permissions, is_active, is_verified, \
         locale, created_at, updated_at"
    };
}
pub(super) use user_columns;

const USER: &str =
    concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1 AND erased_at IS NULL");

const CREDENTIALS: &str = "SELECT id, password_hash, role, is_active, is_verified FROM users \
    WHERE (email_key = $1 OR username_key = $1) AND erased_at IS NULL";

const CREDENTIALS_OF: &str = "SELECT id, password_hash, role, is_active, is_verified FROM users \
    WHERE id = $1 AND erased_at IS NULL";

const LIVE_SESSION: &str = "SELECT u.role, u.permissions FROM sessions s JOIN users u ON u.id = s.user_id \
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND u.is_active";

const LIVE_AMONG: &str = "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id \
    WHERE s.revoked_at IS NULL AND s.expires_at > $1 AND u.is_active AND s.id IN {sessions}";

const LIVE_SESSIONS: &str = "SELECT id, device, network, created_at, rotated_at, expires_at \
    FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
    ORDER BY rotated_at DESC, id DESC";
