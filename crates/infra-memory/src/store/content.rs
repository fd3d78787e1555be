use async_trait::async_trait;
use domain::{
    content::{
        ContentUnitOfWork, Post, PostFilter, PostId, PostKey, PostReads, PostRepository,
        PostStatus, PostView,
    },
    identity::UserId,
    shared::{
        actor::Viewer,
        error::StoreError,
        page::{Page, Window},
        slug::Slug,
    },
};
use shaku::Component;

use super::{MemoryState, MemoryUnitOfWork, page::cut, unit_of_work::already_exists};

impl ContentUnitOfWork for MemoryUnitOfWork {
    fn posts(&mut self) -> &mut dyn PostRepository {
        self
    }
}

impl MemoryUnitOfWork {
    fn put_post(&mut self, post: &Post) -> Result<(), StoreError> {
        let others = self.tables().posts.values().filter(|other| other.id() != post.id());
        if others.into_iter().any(|other| other.parts().slug == post.parts().slug) {
            return Err(already_exists("uq_posts_slug"));
        }
        if !self.tables().users.contains_key(&post.parts().author) {
            return Err(StoreError::Refused { constraint: "fk_posts_author".to_owned() });
        }
        let stored = Post::restore(
            post.id(),
            post.parts().clone(),
            post.version(),
            post.created_at(),
            post.updated_at(),
        );
        self.write().posts.insert(post.id(), stored);
        self.record(post.events())
    }

    fn is_current(&self, post: &Post) -> Result<(), StoreError> {
        let version = self.tables().posts.get(&post.id()).map(Post::version);
        if version == Some(post.stored_version()) { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

#[async_trait]
impl PostRepository for MemoryUnitOfWork {
    async fn insert(&mut self, post: &Post) -> Result<(), StoreError> {
        self.put_post(post)
    }

    async fn find(
        &mut self,
        key: &PostKey,
        author: Option<UserId>,
    ) -> Result<Option<Post>, StoreError> {
        let mut posts = self.tables().posts.values();
        let is_theirs = |post: &Post| author.is_none_or(|author| post.parts().author == author);
        Ok(posts.find(|post| is_called(post, key) && is_theirs(post)).cloned())
    }

    async fn update(&mut self, post: &Post) -> Result<(), StoreError> {
        if post.events().is_empty() {
            return Ok(());
        }
        self.is_current(post)?;
        self.put_post(post)
    }

    async fn delete(&mut self, post: &Post) -> Result<(), StoreError> {
        self.is_current(post)?;
        self.write().posts.remove(&post.id());
        self.record(post.events())
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        let taken = self.tables().posts.values().map(|post| &post.parts().slug);
        Ok(taken.filter(|slug| slugs.contains(slug)).map(ToString::to_string).collect())
    }

    async fn drafts_of(&mut self, author: UserId, limit: u32) -> Result<Vec<PostId>, StoreError> {
        let is_wanted = |post: &&Post| {
            post.parts().author == author && post.parts().status == PostStatus::Draft
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.tables().posts.values().filter(is_wanted).take(limit).map(Post::id).collect())
    }
}

fn is_called(post: &Post, key: &PostKey) -> bool {
    match key {
        PostKey::Id(id) => post.id() == *id,
        PostKey::Slug(slug) => post.parts().slug.as_str() == slug,
    }
}

fn is_shown(post: &Post, viewer: Viewer) -> bool {
    post.parts().status == PostStatus::Published || viewer.sees(post.parts().author)
}

/// [`PostReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = PostReads)]
pub struct MemoryPostReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryPostReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl PostReads for MemoryPostReads {
    async fn post(&self, key: &PostKey, viewer: Viewer) -> Result<Option<PostView>, StoreError> {
        let tables = self.state.lock();
        let post = tables.posts.values().find(|post| is_called(post, key));
        Ok(post.filter(|post| is_shown(post, viewer)).map(PostView::from))
    }

    async fn posts(
        &self,
        filter: PostFilter,
        viewer: Viewer,
        window: Window,
    ) -> Result<Page<PostView>, StoreError> {
        let tables = self.state.lock();
        let is_wanted = |post: &&Post| {
            let parts = post.parts();
            parts.status == filter.status
                && filter.author.is_none_or(|author| parts.author == author)
                && is_shown(post, viewer)
        };
        let views = tables.posts.values().rev().filter(is_wanted).map(PostView::from).collect();
        Ok(cut(views, |post| post.id.raw(), window))
    }

    async fn recent(
        &self,
        authors: &[UserId],
        each: u32,
        viewer: Viewer,
    ) -> Result<Vec<PostView>, StoreError> {
        let tables = self.state.lock();
        let each = usize::try_from(each).unwrap_or(usize::MAX);
        let mut recent = Vec::new();
        for author in authors {
            let theirs = tables.posts.values().rev().filter(|post| post.parts().author == *author);
            let shown = theirs.filter(|post| is_shown(post, viewer));
            recent.extend(shown.take(each).map(PostView::from));
        }
        recent.sort_by_key(|post| std::cmp::Reverse(post.id));
        Ok(recent)
    }
}
