use async_trait::async_trait;
use domain::{
    identity::{User, UserRepository, Username},
    shared::error::StoreError,
};

use crate::{
    row::micros,
    sql_list::{insert, values, version_after},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl UserRepository for SeaUnitOfWork {
    async fn insert(&mut self, user: &User) -> Result<(), StoreError> {
        let (profile, at) = (&user.profile, micros(user.created_at));
        let username = profile.username.as_ref();
        let row = values![
            user.id.raw(),
            profile.email.as_str(),
            profile.email.key(),
            username.map(|name| name.as_str().to_owned()),
            username.map(Username::key),
            profile.first_name.clone(),
            profile.last_name.clone(),
            user.password_hash.as_str(),
            profile.role.as_str(),
            profile.permissions.to_string(),
            true,
            false,
            version_after(user.events()),
            at,
            at,
        ];
        insert(self, INSERT, vec![row]).await?;
        self.append_events(user.events());
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO users (id, email, email_key, username, username_key, \
    first_name, last_name, password_hash, role, permissions, is_active, is_verified, version, created_at, \
    updated_at)";
