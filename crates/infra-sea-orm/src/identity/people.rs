use async_trait::async_trait;
use domain::{
    identity::{PeopleFilter, PeopleReads, PeopleSort, Role, UserId, UserView},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;

use super::reads::{user, user_columns};
use crate::{
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
        let (after, total) = match window {
            Window::Offset { .. } => (None, Some((COUNT, filtered(filter).to_vec()))),
            Window::After { after, .. } => (Some(after), None),
        };
        let mut values = filtered(filter).to_vec();
        values.extend(values![after, limit, offset]);
        let sql = match sort {
            PeopleSort::Newest => NEWEST,
            PeopleSort::Email => BY_EMAIL_ORDER,
            PeopleSort::Username => BY_NAME_ORDER,
        };
        let rows = self.db.fetch(sql, values).await?;
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

/// What `filter` binds, `$1` to `$6`.
fn filtered(filter: &PeopleFilter) -> [Value; 6] {
    values![
        filter.role.map(Role::as_str),
        filter.is_active,
        filter.is_verified,
        filter.text.as_deref().map(containing),
        filter.created_after.map(micros),
        filter.created_before.map(micros),
    ]
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

macro_rules! people {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM users WHERE erased_at IS NULL AND ($1 IS NULL OR role = $1) \
             AND ($2 IS NULL OR is_active = $2) AND ($3 IS NULL OR is_verified = $3) \
             AND ($4 IS NULL OR email_key LIKE $4 ESCAPE '\\' \
              OR username_key LIKE $4 ESCAPE '\\' OR name_key LIKE $4 ESCAPE '\\') \
             AND ($5 IS NULL OR created_at > $5) AND ($6 IS NULL OR created_at < $6)",
        )
    };
    ($after:literal, $order:literal) => {
        concat!(
            people!(user_columns!()),
            " AND ($7 IS NULL OR ",
            $after,
            ") ORDER BY ",
            $order,
            " LIMIT $8 OFFSET $9",
        )
    };
}

const COUNT: &str = people!("COUNT(*) AS total");
const NEWEST: &str = people!("id < $7", "id DESC");
const BY_EMAIL_ORDER: &str =
    people!("email_key > (SELECT a.email_key FROM users a WHERE a.id = $7)", "email_key");
const BY_NAME_ORDER: &str = people!(
    "(COALESCE(username_key, ''), id) > \
     (SELECT COALESCE(a.username_key, ''), a.id FROM users a WHERE a.id = $7)",
    "COALESCE(username_key, ''), id"
);

macro_rules! one {
    ($which:literal) => {
        concat!("SELECT ", user_columns!(), " FROM users WHERE erased_at IS NULL AND ", $which)
    };
}

const BATCH: &str = one!("id IN");
const BY_EMAIL: &str = one!("email_key = $1");
const BY_USERNAME: &str = one!("username_key = $1");
