use async_trait::async_trait;
use shaku::Interface;

use super::{Post, PostId, PostKey, TooComplex};
use crate::{
    identity::UserId,
    shared::{error::StoreError, event::Provenance, ports::UnitOfWork, slug::Slug},
};

/// Makes HTML of what people write.
pub trait ContentRenderer: Interface {
    /// Renders Markdown to HTML that is safe to show on a page of ours, whatever was written.
    ///
    /// # Errors
    /// [`TooComplex`] for what would take too long, or become too much.
    fn render(&self, markdown: &str) -> Result<String, TooComplex>;
}

/// Posts inside one unit of work.
#[async_trait]
pub trait PostRepository: Send {
    /// Stores a new post with its event.
    async fn insert(&mut self, post: &Post) -> Result<(), StoreError>;

    /// The post, draft or not; only `author`'s when given.
    async fn find(
        &mut self,
        key: &PostKey,
        author: Option<UserId>,
    ) -> Result<Option<Post>, StoreError>;

    /// Stores what changed about a post with the events recorded since it was found.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn update(&mut self, post: &Post) -> Result<(), StoreError>;

    /// Takes the post away and stores the events recorded.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it meanwhile.
    async fn delete(&mut self, post: &Post) -> Result<(), StoreError>;

    /// Which of these slugs posts have.
    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError>;

    /// Drafts of `author`, `limit` at most.
    async fn drafts_of(&mut self, author: UserId, limit: u32) -> Result<Vec<PostId>, StoreError>;
}

/// Everything the content context may write atomically.
#[must_use = "a unit of work that is not committed is rolled back"]
pub trait ContentUnitOfWork: UnitOfWork {
    /// Posts.
    fn posts(&mut self) -> &mut dyn PostRepository;
}

/// Opens units of work for the content context.
#[async_trait]
pub trait ContentStore: Interface {
    /// Begins a transaction.
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn ContentUnitOfWork>, StoreError>;
}
