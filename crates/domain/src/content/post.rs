use time::OffsetDateTime;

use super::{PostCreated, PostDeleted, PostPublished, PostUpdated, PostWithdrawn};
use crate::{
    identity::UserId,
    shared::{
        event::{AggregateType, DomainEvent, NewEvent, Stamp},
        slug::Slug,
    },
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a post.
    PostId
);

text_enum!(
    /// Who sees a post.
    PostStatus {
        /// Its author, and staff.
        Draft = "draft",
        /// Everybody.
        Published = "published",
    }
);

/// A text as it was written, and as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostBody {
    /// As it was written.
    pub markdown: String,
    /// Rendered from it and safe to show: a [`ContentRenderer`](super::ContentRenderer) made it.
    pub html: String,
}

/// What makes a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPost {
    /// Who wrote it; never changes.
    pub author: UserId,
    /// Plain text.
    pub title: String,
    /// Shown in addresses.
    pub slug: Slug,
    /// The text.
    pub body: PostBody,
    /// Who sees it.
    pub status: PostStatus,
}

/// What is to change about a post; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostEdit {
    /// Plain text.
    pub title: Option<String>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// The text.
    pub body: Option<PostBody>,
}

/// Something somebody wrote for others to read.
#[derive(Clone, Debug)]
pub struct Post {
    id: PostId,
    parts: NewPost,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    events: Vec<NewEvent>,
}

impl Post {
    /// Makes a post and records it.
    pub fn create(id: PostId, parts: NewPost, stamp: Stamp) -> Self {
        let (created_at, updated_at) = (stamp.at, stamp.at);
        let mut post = Self { id, parts, version: 0, created_at, updated_at, events: Vec::new() };
        post.record(PostCreated { post_id: id }, stamp);
        post
    }

    /// A post read back from the store.
    pub const fn restore(
        id: PostId,
        parts: NewPost,
        version: i64,
        created_at: OffsetDateTime,
        updated_at: OffsetDateTime,
    ) -> Self {
        Self { id, parts, version, created_at, updated_at, events: Vec::new() }
    }

    /// Changes what `edit` names; records it only when something differs.
    pub fn edit(&mut self, edit: PostEdit, stamp: Stamp) {
        let mut changed = self.parts.clone();
        changed.title = edit.title.unwrap_or(changed.title);
        changed.slug = edit.slug.unwrap_or(changed.slug);
        changed.body = edit.body.unwrap_or(changed.body);
        if changed != self.parts {
            self.parts = changed;
            self.record(PostUpdated { post_id: self.id }, stamp);
        }
    }

    /// Shows it to everybody, or only to its author; records it only when it was not so already.
    pub fn set_status(&mut self, status: PostStatus, stamp: Stamp) {
        if self.parts.status == status {
            return;
        }
        self.parts.status = status;
        let post_id = self.id;
        match status {
            PostStatus::Published => self.record(PostPublished { post_id }, stamp),
            PostStatus::Draft => self.record(PostWithdrawn { post_id }, stamp),
        }
    }

    /// Records that it is gone.
    pub fn delete(&mut self, stamp: Stamp) {
        self.record(PostDeleted { post_id: self.id }, stamp);
    }

    fn record(&mut self, event: impl Into<DomainEvent>, stamp: Stamp) {
        self.version += 1;
        self.updated_at = stamp.at;
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Post,
            aggregate_id: self.id.raw(),
            aggregate_version: self.version,
            occurred_at: stamp.at,
            event: event.into(),
        });
    }

    /// Identity.
    pub const fn id(&self) -> PostId {
        self.id
    }

    /// Author, title, text and the rest.
    pub const fn parts(&self) -> &NewPost {
        &self.parts
    }

    /// Grows by one with each recorded event.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Version the store has: its own less the events it has not seen.
    pub fn stored_version(&self) -> i64 {
        self.version.saturating_sub(i64::try_from(self.events.len()).unwrap_or(i64::MAX))
    }

    /// When it was made.
    pub const fn created_at(&self) -> OffsetDateTime {
        self.created_at
    }

    /// When it last changed.
    pub const fn updated_at(&self) -> OffsetDateTime {
        self.updated_at
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}
