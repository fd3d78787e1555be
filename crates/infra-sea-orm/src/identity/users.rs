use async_trait::async_trait;
use domain::{
    identity::{
        EmailAddress, Locale, NewUser, Permissions, Role, User, UserId, UserRepository, UserState,
        Username,
    },
    shared::error::StoreError,
};

use crate::{
    row::{get, get_enum, get_optional_time, get_time, micros},
    sql::{Dialect, Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl UserRepository for SeaUnitOfWork {
    async fn insert(&mut self, user: &User) -> Result<(), StoreError> {
        let (profile, state) = (&user.profile, user.state());
        let username = profile.username.as_ref();
        let row = values![
            user.id.raw(),
            profile.email.as_str(),
            profile.email.key(),
            username.map(|name| name.as_str().to_owned()),
            username.map(Username::key),
            profile.first_name.clone(),
            profile.last_name.clone(),
            name_key(profile),
            user.password_hash.as_str(),
            profile.role.as_str(),
            profile.permissions.to_string(),
            state.is_active,
            state.is_verified,
            state.version,
            micros(user.created_at),
            micros(state.updated_at),
            state.locale.as_str(),
        ];
        insert(self, INSERT, vec![row]).await?;
        self.append_events(user.events());
        Ok(())
    }

    async fn rehash(&mut self, user: UserId, from: &str, to: &str) -> Result<bool, StoreError> {
        Ok(self.execute(REHASH, values![to, user.raw(), from].to_vec()).await? == 1)
    }

    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => FIND,
            Dialect::Postgres => FIND_AND_LOCK,
        };
        let row = self.fetch_first(sql, values![id.raw()].to_vec()).await?;
        row.as_ref().map(user).transpose()
    }

    async fn find_by_email(&mut self, email_key: &str) -> Result<Option<User>, StoreError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => FIND_BY_EMAIL,
            Dialect::Postgres => FIND_BY_EMAIL_AND_LOCK,
        };
        let row = self.fetch_first(sql, values![email_key].to_vec()).await?;
        row.as_ref().map(user).transpose()
    }

    async fn update(&mut self, user: &User) -> Result<(), StoreError> {
        let (profile, state, stored) = (&user.profile, user.state(), user.stored_state());
        let username = profile.username.as_ref();
        let values = values![
            user.id.raw(),
            stored.version,
            micros(stored.updated_at),
            profile.email.as_str(),
            profile.email.key(),
            username.map(|name| name.as_str().to_owned()),
            username.map(Username::key),
            profile.first_name.clone(),
            profile.last_name.clone(),
            name_key(profile),
            user.password_hash.as_str(),
            profile.role.as_str(),
            profile.permissions.to_string(),
            state.is_active,
            state.is_verified,
            state.erased_at.map(micros),
            state.version,
            micros(state.updated_at),
            state.locale.as_str(),
        ];
        if self.execute(UPDATE, values.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        if state.erased_at.is_some() {
            for forget in [FORGET_MAILS, FORGET_TOKENS, FORGET_DEVICES] {
                self.execute(forget, values![user.id.raw()].to_vec()).await?;
            }
        }
        self.append_events(user.events());
        Ok(())
    }

    async fn super_admins(&mut self) -> Result<Vec<UserId>, StoreError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => SUPER_ADMINS,
            Dialect::Postgres => LOCKED_SUPER_ADMINS,
        };
        let rows = self.fetch(sql, Vec::new()).await?;
        rows.iter().map(|row| get(row, "id").map(UserId::new)).collect()
    }
}

fn user(row: &Row) -> Result<User, StoreError> {
    let profile = NewUser {
        email: EmailAddress::stored(get(row, "email")?),
        username: get::<Option<String>>(row, "username")?.map(Username::stored),
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        role: get_enum(row, "role", Role::parse)?,
        permissions: get_enum(row, "permissions", Permissions::parse)?,
    };
    let state = UserState {
        is_active: get(row, "is_active")?,
        is_verified: get(row, "is_verified")?,
        locale: get_enum(row, "locale", Locale::parse)?,
        erased_at: get_optional_time(row, "erased_at")?,
        version: get(row, "version")?,
        updated_at: get_time(row, "updated_at")?,
    };
    let (id, created_at) = (UserId::new(get(row, "id")?), get_time(row, "created_at")?);
    Ok(User::restore(id, profile, get(row, "password_hash")?, created_at, state))
}

/// What the names of a person are looked for by.
fn name_key(profile: &NewUser) -> String {
    let names = [profile.first_name.as_deref(), profile.last_name.as_deref()];
    names.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase()
}

const INSERT: &str = "INSERT INTO users (id, email, email_key, username, username_key, \
    first_name, last_name, name_key, password_hash, role, permissions, is_active, is_verified, \
    version, created_at, updated_at, locale)";

macro_rules! find {
    ($which:literal, $lock:literal) => {
        concat!(
            "SELECT id, email, username, first_name, last_name, password_hash, role, permissions, \
             is_active, is_verified, locale, erased_at, version, created_at, updated_at FROM users \
             WHERE ",
            $which,
            " = $1 AND erased_at IS NULL",
            $lock,
        )
    };
}

const FIND: &str = find!("id", "");
const FIND_AND_LOCK: &str = find!("id", " FOR NO KEY UPDATE");
const FIND_BY_EMAIL: &str = find!("email_key", "");
const FIND_BY_EMAIL_AND_LOCK: &str = find!("email_key", " FOR NO KEY UPDATE");

const UPDATE: &str = "UPDATE users SET email = $4, email_key = $5, username = $6, \
    username_key = $7, first_name = $8, last_name = $9, name_key = $10, password_hash = $11, \
    role = $12, permissions = $13, is_active = $14, is_verified = $15, erased_at = $16, \
    version = $17, updated_at = $18, locale = $19 \
    WHERE id = $1 AND version = $2 AND updated_at = $3 AND erased_at IS NULL";

/// Those that did not leave may quote the address in their reason.
const FORGET_MAILS: &str = "DELETE FROM mails WHERE recipient_id = $1";

const FORGET_TOKENS: &str = "DELETE FROM email_tokens WHERE user_id = $1";

const FORGET_DEVICES: &str = "UPDATE sessions SET device = NULL, network = NULL WHERE user_id = $1";

macro_rules! super_admins {
    ($lock:literal) => {
        concat!("SELECT id FROM users WHERE role = 'super_admin' AND is_active ORDER BY id", $lock,)
    };
}

const SUPER_ADMINS: &str = super_admins!("");
/// In one order for everybody, so that nobody waits in a circle.
const LOCKED_SUPER_ADMINS: &str = super_admins!(" FOR NO KEY UPDATE");

const REHASH: &str = "UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3";
