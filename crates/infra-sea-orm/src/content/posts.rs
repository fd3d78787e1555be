use async_trait::async_trait;
use domain::{
    content::{NewPost, Post, PostBody, PostId, PostKey, PostRepository, PostStatus},
    identity::UserId,
    shared::{error::StoreError, slug::Slug},
};
use sea_orm::Value;

use crate::{
    catalogue::{slug_of, taken_slugs},
    row::{get, get_enum, get_time, micros},
    sql::{Dialect, Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl PostRepository for SeaUnitOfWork {
    async fn insert(&mut self, post: &Post) -> Result<(), StoreError> {
        let parts = post.parts();
        let row = values![
            post.id().raw(),
            parts.author.raw(),
            parts.title.as_str(),
            parts.slug.as_str(),
            parts.body.markdown.as_str(),
            parts.body.html.as_str(),
            parts.status.as_str(),
            post.version(),
            micros(post.created_at()),
            micros(post.updated_at()),
        ];
        insert(self, INSERT, vec![row]).await?;
        self.append_events(post.events());
        Ok(())
    }

    async fn find(
        &mut self,
        key: &PostKey,
        author: Option<UserId>,
    ) -> Result<Option<Post>, StoreError> {
        let (by_id, by_slug) = match self.dialect() {
            Dialect::Sqlite => (FIND_BY_ID, FIND_BY_SLUG),
            Dialect::Postgres => (FIND_BY_ID_AND_LOCK, FIND_BY_SLUG_AND_LOCK),
        };
        let (sql, key) = match key {
            PostKey::Id(id) => (by_id, Value::from(id.raw())),
            PostKey::Slug(slug) => (by_slug, Value::from(slug.as_str())),
        };
        let row = self.fetch_first(sql, vec![key, author.map(UserId::raw).into()]).await?;
        row.as_ref().map(restored).transpose()
    }

    async fn update(&mut self, post: &Post) -> Result<(), StoreError> {
        if post.events().is_empty() {
            return Ok(());
        }
        let parts = post.parts();
        let changed = values![
            parts.title.as_str(),
            parts.slug.as_str(),
            parts.body.markdown.as_str(),
            parts.body.html.as_str(),
            parts.status.as_str(),
            post.version(),
            micros(post.updated_at()),
            post.id().raw(),
            post.stored_version(),
        ];
        if self.execute(UPDATE, changed.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.append_events(post.events());
        Ok(())
    }

    async fn delete(&mut self, post: &Post) -> Result<(), StoreError> {
        let known = values![post.id().raw(), post.stored_version()];
        if self.execute(DELETE, known.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.append_events(post.events());
        Ok(())
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        taken_slugs(self, "posts", slugs).await
    }

    async fn drafts_of(&mut self, author: UserId, limit: u32) -> Result<Vec<PostId>, StoreError> {
        let rows = self.fetch(DRAFTS, values![author.raw(), i64::from(limit)].to_vec()).await?;
        rows.iter().map(|row| get(row, "id").map(PostId::new)).collect()
    }
}

fn restored(row: &Row) -> Result<Post, StoreError> {
    let parts = NewPost {
        author: UserId::new(get(row, "author_id")?),
        title: get(row, "title")?,
        slug: slug_of(row)?,
        body: PostBody { markdown: get(row, "body")?, html: get(row, "body_html")? },
        status: get_enum(row, "status", PostStatus::parse)?,
    };
    Ok(Post::restore(
        PostId::new(get(row, "id")?),
        parts,
        get(row, "version")?,
        get_time(row, "created_at")?,
        get_time(row, "updated_at")?,
    ))
}

macro_rules! find {
    ($key:literal, $lock:literal) => {
        concat!(
            "SELECT id, author_id, title, slug, body, body_html, status, version, created_at, \
             updated_at FROM posts WHERE ",
            $key,
            " = $1 AND ($2 IS NULL OR author_id = $2)",
            $lock,
        )
    };
}

const INSERT: &str = "INSERT INTO posts (id, author_id, title, slug, body, body_html, status, \
    version, created_at, updated_at)";

const FIND_BY_ID: &str = find!("id", "");
const FIND_BY_SLUG: &str = find!("slug", "");
const FIND_BY_ID_AND_LOCK: &str = find!("id", " FOR NO KEY UPDATE");
const FIND_BY_SLUG_AND_LOCK: &str = find!("slug", " FOR NO KEY UPDATE");

const UPDATE: &str = "UPDATE posts SET title = $1, slug = $2, body = $3, body_html = $4, \
    status = $5, version = $6, updated_at = $7 WHERE id = $8 AND version = $9";

const DELETE: &str = "DELETE FROM posts WHERE id = $1 AND version = $2";

const DRAFTS: &str =
    "SELECT id FROM posts WHERE author_id = $1 AND status = 'draft' ORDER BY id LIMIT $2";
