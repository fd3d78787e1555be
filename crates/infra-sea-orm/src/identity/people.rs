use async_trait::async_trait;
use domain::{
    identity::{PeopleFilter, PeopleReads, PeopleSort, UserId, UserView},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;

use super::reads::{user, user_columns};
use crate::{
    binds::Binds,
    connect::Database,
    paging::{Bounds, page},
    row::micros,
    sql::{Sql, list},
    sql_list::values,
};

/// Looks for people in SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = PeopleReads)]
pub struct SeaPeopleReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl PeopleReads for SeaPeopleReads {
    async fn people(
        &self,
        filter: &PeopleFilter,
        sort: PeopleSort,
        window: Window,
    ) -> Result<Page<UserView>, StoreError> {
        let Bounds { limit, offset, .. } = Bounds::of(window);
        let mut binds = Binds::default();
        let wanted = conditions(filter, &mut binds);
        let count = format!("SELECT COUNT(*) AS total FROM users WHERE {wanted}");
        let (after, total) = match window {
            Window::Offset { .. } => (None, Some((count.as_str(), binds.values.clone()))),
            Window::After { after, .. } => (Some(after.into()), None),
        };
        let (is_after, order) = match sort {
            PeopleSort::Newest => ("id < {}", "id DESC"),
            PeopleSort::Email => (AFTER_EMAIL, "email_key"),
            PeopleSort::Username => (AFTER_NAME, "COALESCE(username_key, ''), id"),
        };
        let sql = format!(
            "{SELECT} WHERE {wanted} AND {} ORDER BY {order} LIMIT {} OFFSET {}",
            binds.all([(is_after, after)]),
            binds.add(limit),
            binds.add(offset)
        );
        let rows = self.db.fetch(&sql, binds.values).await?;
        let found = rows.iter().map(user).collect::<Result<_, _>>()?;
        page(&self.db, window, found, |user: &UserView| user.id.raw(), total).await
    }

    async fn batch(&self, ids: &[UserId]) -> Result<Vec<UserView>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("{BATCH} {}", list(1, ids.len()));
        let values = ids.iter().map(|id| Value::from(id.raw())).collect();
        self.db.fetch(&sql, values).await?.iter().map(user).collect()
    }

    async fn by_email(&self, email_key: &str) -> Result<Option<UserView>, StoreError> {
        let row = self.db.fetch_first(BY_EMAIL, values![email_key].to_vec()).await?;
        row.as_ref().map(user).transpose()
    }

    async fn by_username(&self, username_key: &str) -> Result<Option<UserView>, StoreError> {
        let row = self.db.fetch_first(BY_USERNAME, values![username_key].to_vec()).await?;
        row.as_ref().map(user).transpose()
    }
}

/// The predicate of `filter`. The role stands in the text: the few who are more than customers have
/// an index of their own.
fn conditions(filter: &PeopleFilter, binds: &mut Binds) -> String {
    let role =
        filter.role.map_or_else(String::new, |role| format!(" AND role = '{}'", role.as_str()));
    let asked = binds.all([
        ("is_active = {}", filter.is_active.map(Into::into)),
        ("is_verified = {}", filter.is_verified.map(Into::into)),
        (NAMED, filter.text.as_deref().map(|text| containing(text).into())),
        ("created_at > {}", filter.created_after.map(|after| micros(after).into())),
        ("created_at < {}", filter.created_before.map(|before| micros(before).into())),
    ]);
    format!("erased_at IS NULL{role} AND {asked}")
}

/// A pattern for text that contains `text`, in lower case; nothing in it is a wildcard.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

const SELECT: &str = concat!("SELECT ", user_columns!(), " FROM users");

const NAMED: &str = "(email_key LIKE {} ESCAPE '\\' OR username_key LIKE {} ESCAPE '\\' \
    OR name_key LIKE {} ESCAPE '\\')";
const AFTER_EMAIL: &str = "email_key > (SELECT a.email_key FROM users a WHERE a.id = {})";
const AFTER_NAME: &str = "(COALESCE(username_key, ''), id) > \
    (SELECT COALESCE(a.username_key, ''), a.id FROM users a WHERE a.id = {})";

macro_rules! one {
    ($which:literal) => {
        concat!("SELECT ", user_columns!(), " FROM users WHERE erased_at IS NULL AND ", $which)
    };
}

const BATCH: &str = one!("id IN");
const BY_EMAIL: &str = one!("email_key = $1");
const BY_USERNAME: &str = one!("username_key = $1");
