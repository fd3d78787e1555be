use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{Post, PostId, PostStatus};
use crate::{
    identity::UserId,
    shared::{
        actor::Viewer,
        error::StoreError,
        page::{Page, Window},
    },
};

/// How a post is named in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostKey {
    /// By identity.
    Id(PostId),
    /// By slug.
    Slug(String),
}

/// A post as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostView {
    /// Identity.
    pub id: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// Plain text.
    pub title: String,
    /// Shown in addresses.
    pub slug: String,
    /// Markdown, as it was written.
    pub body: String,
    /// HTML that is safe to show.
    pub body_html: String,
    /// Who sees it.
    pub status: PostStatus,
    /// Grows with every change; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl From<&Post> for PostView {
    fn from(post: &Post) -> Self {
        let parts = post.parts();
        Self {
            id: post.id(),
            author: parts.author,
            title: parts.title.clone(),
            slug: parts.slug.as_str().to_owned(),
            body: parts.body.markdown.clone(),
            body_html: parts.body.html.clone(),
            status: parts.status,
            version: post.version(),
            created_at: post.created_at(),
            updated_at: post.updated_at(),
        }
    }
}

/// Which posts are wanted; all conditions hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostFilter {
    /// Who sees them.
    pub status: PostStatus,
    /// Who wrote them; anybody when absent.
    pub author: Option<UserId>,
}

/// Reads of the content context, straight from the database. Drafts are there for their author and
/// for staff alone.
#[async_trait]
pub trait PostReads: Interface {
    /// One post, one statement.
    async fn post(&self, key: &PostKey, viewer: Viewer) -> Result<Option<PostView>, StoreError>;
    /// Posts, newest first: one statement, and one for the total.
    async fn posts(
        &self,
        filter: PostFilter,
        viewer: Viewer,
        window: Window,
    ) -> Result<Page<PostView>, StoreError>;
    /// The newest posts of each of `authors`, at most `each`, the newest first: one statement.
    async fn recent(
        &self,
        authors: &[UserId],
        each: u32,
        viewer: Viewer,
    ) -> Result<Vec<PostView>, StoreError>;
}
