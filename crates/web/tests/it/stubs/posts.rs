//! Posts: one of the customer's, published or a draft.

use super::*;

pub(super) fn post(status: PostStatus) -> PostView {
    PostView {
        id: PostId::new(POST),
        author: UserId::new(CUSTOMER),
        title: "Hello".into(),
        slug: if status == PostStatus::Draft { "draft" } else { "hello" }.into(),
        body: "*hi*".into(),
        body_html: "<p><em>hi</em></p>\n".into(),
        status,
        version: 2,
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl PostReads for Stub {
    async fn post(&self, key: &PostKey, viewer: Viewer) -> Result<Option<PostView>, StoreError> {
        let status = match key {
            PostKey::Slug(slug) if slug == "draft" => PostStatus::Draft,
            PostKey::Slug(slug) if slug == "hello" => PostStatus::Published,
            PostKey::Id(id) if id.raw() == POST => PostStatus::Published,
            _ => return Ok(None),
        };
        let post = post(status);
        let is_shown = status == PostStatus::Published || viewer.sees(post.author);
        Ok(is_shown.then_some(post))
    }
    async fn posts(
        &self,
        filter: PostFilter,
        viewer: Viewer,
        window: Window,
    ) -> Result<Page<PostView>, StoreError> {
        *self.posts_sought.lock().unwrap() = Some((filter, viewer, window));
        Ok(Page { items: vec![post(filter.status)], total: Some(50), next: Some(POST) })
    }
    async fn recent(
        &self,
        authors: &[UserId],
        _: u32,
        viewer: Viewer,
    ) -> Result<Vec<PostView>, StoreError> {
        let all = [post(PostStatus::Published), post(PostStatus::Draft)];
        let is_shown = |post: &PostView| {
            authors.contains(&post.author)
                && (post.status == PostStatus::Published || viewer.sees(post.author))
        };
        Ok(all.into_iter().filter(is_shown).collect())
    }
}

#[async_trait]
impl CreatePost for Stub {
    async fn execute(
        &self,
        command: CreatePostCommand,
    ) -> Result<Outcome<PostView>, WritePostError> {
        let is_taken = command.slug.as_ref().is_some_and(|slug| slug.as_str() == "taken");
        let is_complex = command.body.starts_with(">>>");
        let made = PostView { version: 1, ..post(command.status) };
        *self.post_made.lock().unwrap() = Some(command);
        match (is_taken, is_complex) {
            (true, _) => Err(WritePostError::SlugTaken),
            (_, true) => Err(TooComplex.into()),
            _ => Ok(Outcome::Done(made)),
        }
    }
}

#[async_trait]
impl EditPost for Stub {
    async fn execute(&self, command: EditPostCommand) -> Result<PostView, WritePostError> {
        let viewer = Viewer::of(Some(&command.actor), Permission::ContentWrite);
        let post = post(PostStatus::Published);
        if !viewer.sees(post.author) {
            return Err(WritePostError::NotFound);
        }
        command.precondition.check(post.version)?;
        *self.post_edited.lock().unwrap() = Some(command);
        Ok(PostView { version: 3, ..post })
    }
}

#[async_trait]
impl DeletePost for Stub {
    async fn execute(&self, command: DeletePostCommand) -> Result<(), WritePostError> {
        let viewer = Viewer::of(Some(&command.actor), Permission::ContentWrite);
        let post = post(PostStatus::Published);
        if !viewer.sees(post.author) {
            return Err(WritePostError::NotFound);
        }
        Ok(command.precondition.check(post.version)?)
    }
}
