use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{Device, Locale, Permissions, Role, SessionId, User, UserId};
use crate::shared::error::StoreError;

/// A person as shown to themselves and to staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// Identity.
    pub id: UserId,
    /// Where mail goes.
    pub email: String,
    /// Second name to log in with.
    pub username: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What the person is to the shop.
    pub role: Role,
    /// What somebody on the staff may do.
    pub permissions: Permissions,
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the address was proven.
    pub is_verified: bool,
    /// Language of the mails.
    pub locale: Locale,
    /// When the account was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let (profile, state) = (&user.profile, user.state());
        Self {
            id: user.id,
            email: profile.email.as_str().to_owned(),
            username: profile.username.as_ref().map(|name| name.as_str().to_owned()),
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            role: profile.role,
            permissions: profile.permissions,
            is_active: state.is_active,
            is_verified: state.is_verified,
            locale: state.locale,
            created_at: user.created_at,
            updated_at: state.updated_at,
        }
    }
}

/// What logging in needs to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Identity.
    pub user: UserId,
    /// PHC string.
    pub password_hash: String,
    /// What the person may do.
    pub role: Role,
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the address was proven.
    pub is_verified: bool,
}

/// What the owner of a session may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the person is to the shop.
    pub role: Role,
    /// What somebody on the staff may do.
    pub permissions: Permissions,
}

/// Whether a session may still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It may, by somebody of this standing.
    Live(Standing),
    /// It, or its account, was ended, or it is unknown.
    Ended,
}

/// A live session as shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Identity.
    pub id: SessionId,
    /// What it was opened from.
    pub device: Device,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When its access was last renewed.
    pub last_used_at: OffsetDateTime,
    /// When it ends unless it is refreshed.
    pub expires_at: OffsetDateTime,
}

/// Reads of the identity context, straight from the database.
#[async_trait]
pub trait IdentityReads: Interface {
    /// A person; an erased one is not there.
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError>;
    /// Credentials by e-mail or user name, whichever key matches.
    async fn credentials(&self, login_key: &str) -> Result<Option<Credentials>, StoreError>;
    /// Credentials of a person.
    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>, StoreError>;
    /// State of a session and its account.
    async fn session_state(
        &self,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<SessionState, StoreError>;
    /// Which of `sessions` are live, with an account that is: one statement.
    async fn live_among(
        &self,
        sessions: &[SessionId],
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError>;
    /// Live sessions of `user`, the last used first.
    async fn sessions(
        &self,
        user: UserId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionView>, StoreError>;
}
