use async_trait::async_trait;
use domain::{
    identity::{PeopleFilter, PeopleReads, PeopleSort, User, UserId, UserView, Username},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;

use super::{MemoryState, page::cut};

/// [`PeopleReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = PeopleReads)]
pub struct MemoryPeopleReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryPeopleReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }

    /// Views of the people for whom `is_wanted` holds, the newest first.
    fn known(&self, is_wanted: impl Fn(&User) -> bool) -> Vec<UserView> {
        let tables = self.state.lock();
        let known = tables.users.values().rev().filter(|user| user.state().erased_at.is_none());
        known.filter(|user| is_wanted(user)).map(UserView::from).collect()
    }
}

fn username_key(user: &User) -> Option<String> {
    user.profile.username.as_ref().map(Username::key)
}

fn fits(user: &User, filter: &PeopleFilter) -> bool {
    let (profile, state) = (&user.profile, user.state());
    let names = [profile.first_name.as_deref(), profile.last_name.as_deref()];
    let names = names.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase();
    let contains = |text: &String| {
        let text = text.to_lowercase();
        let username = username_key(user).unwrap_or_default();
        [profile.email.key(), username, names.clone()].iter().any(|field| field.contains(&text))
    };
    filter.role.is_none_or(|role| role == profile.role)
        && filter.is_active.is_none_or(|wanted| wanted == state.is_active)
        && filter.is_verified.is_none_or(|wanted| wanted == state.is_verified)
        && filter.text.as_ref().is_none_or(contains)
        && filter.created_after.is_none_or(|after| user.created_at > after)
        && filter.created_before.is_none_or(|before| user.created_at < before)
}

#[async_trait]
impl PeopleReads for MemoryPeopleReads {
    async fn people(
        &self,
        filter: &PeopleFilter,
        sort: PeopleSort,
        window: Window,
    ) -> Result<Page<UserView>, StoreError> {
        let mut people = self.known(|user| fits(user, filter));
        match sort {
            PeopleSort::Newest => {}
            PeopleSort::Email => people.sort_by_key(|user| user.email.to_lowercase()),
            PeopleSort::Username => people.sort_by_key(|user| {
                (user.username.as_deref().unwrap_or_default().to_lowercase(), user.id)
            }),
        }
        Ok(cut(people, |user| user.id.raw(), window))
    }

    async fn batch(&self, ids: &[UserId]) -> Result<Vec<UserView>, StoreError> {
        Ok(self.known(|user| ids.contains(&user.id)))
    }

    async fn by_email(&self, email_key: &str) -> Result<Option<UserView>, StoreError> {
        Ok(self.known(|user| user.profile.email.key() == email_key).pop())
    }

    async fn by_username(&self, username_key_wanted: &str) -> Result<Option<UserView>, StoreError> {
        Ok(self.known(|user| username_key(user).as_deref() == Some(username_key_wanted)).pop())
    }
}
