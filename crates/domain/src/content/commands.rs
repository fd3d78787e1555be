//! What the outside may ask of posts.

use async_trait::async_trait;
use shaku::Interface;

use super::{PostKey, PostStatus, PostView, WritePostError};
use crate::shared::{
    actor::Actor,
    event::Provenance,
    idempotency::{IdempotentRequest, Outcome},
    precondition::Precondition,
    slug::Slug,
};

/// What idempotency keys for [`CreatePost`] are for.
pub const WRITING: &str = "create_post";

/// Input of [`CreatePost`].
#[derive(Clone, Debug)]
pub struct CreatePostCommand {
    /// Who writes it.
    pub actor: Actor,
    /// Plain text.
    pub title: String,
    /// Shown in addresses; made from the title when absent.
    pub slug: Option<Slug>,
    /// Markdown.
    pub body: String,
    /// Who sees it.
    pub status: PostStatus,
    /// The client's key, when it sent one.
    pub idempotency: Option<IdempotentRequest<PostView>>,
    /// What set it off.
    pub provenance: Provenance,
}

/// Writes a post.
#[async_trait]
pub trait CreatePost: Interface {
    /// Stores post, event, audit entry and answer, all or nothing.
    async fn execute(
        &self,
        command: CreatePostCommand,
    ) -> Result<Outcome<PostView>, WritePostError>;
}

/// What is to change about a post; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostChanges {
    /// Plain text.
    pub title: Option<String>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// Markdown.
    pub body: Option<String>,
    /// Who sees it.
    pub status: Option<PostStatus>,
}

/// Input of [`EditPost`].
#[derive(Clone, Debug)]
pub struct EditPostCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which post.
    pub post: PostKey,
    /// What changes.
    pub changes: PostChanges,
    /// What the caller means to change.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes a post: its author, and who may write other people's posts.
#[async_trait]
pub trait EditPost: Interface {
    /// Two who change different things at once both succeed, unless a precondition forbids it.
    async fn execute(&self, command: EditPostCommand) -> Result<PostView, WritePostError>;
}

/// Input of [`DeletePost`].
#[derive(Clone, Debug)]
pub struct DeletePostCommand {
    /// Who asks.
    pub actor: Actor,
    /// Which post.
    pub post: PostKey,
    /// What the caller means to take away.
    pub precondition: Precondition,
    /// What set it off.
    pub provenance: Provenance,
}

/// Takes a post away: its author, and who may write other people's posts.
#[async_trait]
pub trait DeletePost: Interface {
    /// It is gone.
    async fn execute(&self, command: DeletePostCommand) -> Result<(), WritePostError>;
}
