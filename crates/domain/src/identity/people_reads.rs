use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{Role, UserId, UserView};
use crate::shared::{
    error::StoreError,
    page::{Page, Window},
};

/// Which people are looked for; everything given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// What they are to the shop.
    pub role: Option<Role>,
    /// Whether their account may be used.
    pub is_active: Option<bool>,
    /// Whether their address was proven.
    pub is_verified: Option<bool>,
    /// Part of the address, the user name, or the names, in any case.
    pub text: Option<String>,
    /// Their account was made after this moment.
    pub created_after: Option<OffsetDateTime>,
    /// Their account was made before this moment.
    pub created_before: Option<OffsetDateTime>,
}

/// In which order people are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeopleSort {
    /// By the age of the account, the newest first.
    #[default]
    Newest,
    /// By address, in lower case.
    Email,
    /// By user name, in lower case; those without one come first.
    Username,
}

/// Looks for people; the erased are not there.
#[async_trait]
pub trait PeopleReads: Interface {
    /// A window of the people that `filter` lets through: one statement, and one for the total.
    async fn people(
        &self,
        filter: &PeopleFilter,
        sort: PeopleSort,
        window: Window,
    ) -> Result<Page<UserView>, StoreError>;
    /// People by identity, in one statement, in any order; the unknown are absent.
    async fn batch(&self, ids: &[UserId]) -> Result<Vec<UserView>, StoreError>;
    /// Whoever has the address with this key.
    async fn by_email(&self, email_key: &str) -> Result<Option<UserView>, StoreError>;
    /// Whoever has the user name with this key.
    async fn by_username(&self, username_key: &str) -> Result<Option<UserView>, StoreError>;
}
