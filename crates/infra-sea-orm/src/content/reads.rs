use async_trait::async_trait;
use domain::{
    content::{PostFilter, PostId, PostKey, PostReads, PostStatus, PostView},
    identity::UserId,
    shared::{
        actor::Viewer,
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;
use uuid::Uuid;

use crate::{
    connect::Database,
    paging::{Bounds, page},
    row::{get, get_enum, get_time},
    sql::{Row, Sql, list, seen_by},
    sql_list::values,
};

/// Reads posts from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = PostReads)]
pub struct SeaPostReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl PostReads for SeaPostReads {
    async fn post(&self, key: &PostKey, viewer: Viewer) -> Result<Option<PostView>, StoreError> {
        let (sql, key) = match key {
            PostKey::Id(id) => (BY_ID, Value::from(id.raw())),
            PostKey::Slug(slug) => (BY_SLUG, Value::from(slug.as_str())),
        };
        let values = seen_by(viewer).into_iter().chain([key]).collect();
        self.db.fetch_first(sql, values).await?.as_ref().map(view).transpose()
    }

    async fn posts(
        &self,
        filter: PostFilter,
        viewer: Viewer,
        window: Window,
    ) -> Result<Page<PostView>, StoreError> {
        let Bounds { after, limit, offset } = Bounds::of(window);
        let mut values = seen_by(viewer).to_vec();
        values.push(filter.status.as_str().into());
        let (newest, count) = match filter.author {
            Some(author) => {
                values.push(author.raw().into());
                (NEWEST_OF, COUNT_OF)
            }
            None => (NEWEST, COUNT),
        };
        let total = match window {
            Window::Offset { .. } => Some((count, values.clone())),
            Window::After { .. } => None,
        };
        if filter.author.is_none() {
            values.push(Uuid::nil().into());
        }
        values.extend(values![after, limit, offset]);
        let rows = self.db.fetch(newest, values).await?;
        let items = rows.iter().map(view).collect::<Result<_, _>>()?;
        page(&self.db, window, items, |post: &PostView| post.id.raw(), total).await
    }

    async fn recent(
        &self,
        authors: &[UserId],
        each: u32,
        viewer: Viewer,
    ) -> Result<Vec<PostView>, StoreError> {
        if authors.is_empty() {
            return Ok(Vec::new());
        }
        let sql = RECENT.replace("{authors}", &list(4, authors.len()));
        let mut values = seen_by(viewer).to_vec();
        values.push(i64::from(each).into());
        values.extend(authors.iter().map(|author| Value::from(author.raw())));
        self.db.fetch(&sql, values).await?.iter().map(view).collect()
    }
}

fn view(row: &Row) -> Result<PostView, StoreError> {
    Ok(PostView {
        id: PostId::new(get(row, "id")?),
        author: UserId::new(get(row, "author_id")?),
        title: get(row, "title")?,
        slug: get(row, "slug")?,
        body: get(row, "body")?,
        body_html: get(row, "body_html")?,
        status: get_enum(row, "status", PostStatus::parse)?,
        version: get(row, "version")?,
        created_at: get_time(row, "created_at")?,
        updated_at: get_time(row, "updated_at")?,
    })
}

/// Condition on a post that is published, or `$1`'s own, or anything when `$2`.
macro_rules! is_seen {
    () => {
        "(status = 'published' OR author_id = $1 OR $2)"
    };
}

macro_rules! posts {
    ($where:expr) => {
        concat!(
            "SELECT p.id, p.author_id, p.title, p.slug, p.body, p.body_html, p.status, p.version, \
             p.created_at, p.updated_at FROM posts p WHERE ",
            $where,
        )
    };
}

const BY_ID: &str = posts!(concat!(is_seen!(), " AND id = $3"));
const BY_SLUG: &str = posts!(concat!(is_seen!(), " AND slug = $3"));

const NEWEST_OF: &str = posts!(concat!(
    is_seen!(),
    " AND status = $3 AND author_id = $4 AND id < $5 ORDER BY id DESC LIMIT $6 OFFSET $7"
));
/// Anybody's: the author that is bound is nobody.
const NEWEST: &str = posts!(concat!(
    is_seen!(),
    " AND status = $3 AND author_id <> $4 AND id < $5 ORDER BY id DESC LIMIT $6 OFFSET $7"
));

macro_rules! count {
    ($more:literal) => {
        concat!("SELECT COUNT(*) AS total FROM posts WHERE ", is_seen!(), " AND status = $3", $more)
    };
}

const COUNT: &str = count!("");
const COUNT_OF: &str = count!(" AND author_id = $4");

const RECENT: &str = concat!(
    "WITH ranked AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY id DESC) \
     AS place FROM posts WHERE author_id IN {authors} AND ",
    is_seen!(),
    ") ",
    "SELECT p.id, p.author_id, p.title, p.slug, p.body, p.body_html, p.status, p.version, \
     p.created_at, p.updated_at FROM ranked JOIN posts p ON p.id = ranked.id \
     WHERE ranked.place <= $3 ORDER BY p.id DESC",
);
