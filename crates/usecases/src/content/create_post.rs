use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    content::{
        ContentRenderer, ContentStore, ContentUnitOfWork, CreatePost, CreatePostCommand, NewPost,
        Post, PostBody, PostId, PostView, WritePostError,
    },
    shared::{
        event::Stamp,
        idempotency::{Claim, IdempotencyError, Outcome},
        ports::{Clock, IdGenerator, stamp},
        slug::Slug,
    },
};
use shaku::Component;

use super::refused;
use crate::{
    retry::retry_lost_races,
    slugs::{MAX_TRIES, first_free},
};

/// Implements [`CreatePost`].
#[derive(Component)]
#[shaku(interface = CreatePost)]
pub struct CreatePostUseCase {
    #[shaku(inject)]
    store: Arc<dyn ContentStore>,
    #[shaku(inject)]
    renderer: Arc<dyn ContentRenderer>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Drawn and rendered once: a retried attempt makes the same post.
struct Draft {
    id: PostId,
    body: PostBody,
    stamp: Stamp,
}

#[async_trait]
impl CreatePost for CreatePostUseCase {
    #[tracing::instrument(name = "content.create_post", skip_all)]
    async fn execute(
        &self,
        command: CreatePostCommand,
    ) -> Result<Outcome<PostView>, WritePostError> {
        let html = self.renderer.render(&command.body)?;
        let draft = Draft {
            id: PostId::new(self.ids.next()),
            body: PostBody { markdown: command.body.clone(), html },
            stamp: stamp(&*self.clock, &*self.ids),
        };
        let mut tries = 1;
        loop {
            let outcome = retry_lost_races(|| self.attempt(&command, &draft)).await;
            match outcome.map_err(refused) {
                Err(WritePostError::SlugTaken) if command.slug.is_none() && tries < MAX_TRIES => {
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

impl CreatePostUseCase {
    async fn attempt(
        &self,
        command: &CreatePostCommand,
        draft: &Draft,
    ) -> Result<Outcome<PostView>, WritePostError> {
        let (id, at) = (draft.id.raw(), draft.stamp.at);
        let mut uow = self.store.begin(&command.provenance).await?;
        if let Some(request) = &command.idempotency {
            match uow.idempotency().claim(&request.key, id, None, at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        let parts = NewPost {
            author: command.actor.user,
            title: command.title.clone(),
            slug: slug_of(&mut *uow, command, draft.id).await?,
            body: draft.body.clone(),
            status: command.status,
        };
        let post = Post::create(draft.id, parts, draft.stamp);
        uow.posts().insert(&post).await?;
        let (action, kind) = (AuditAction::PostCreated, AuditTargetKind::Post);
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id, at));
        let view = PostView::from(&post);
        if let Some(request) = &command.idempotency {
            uow.idempotency().answer(&request.key, &(request.render)(&view)).await?;
        }
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }
}

async fn slug_of(
    uow: &mut dyn ContentUnitOfWork,
    command: &CreatePostCommand,
    id: PostId,
) -> Result<Slug, WritePostError> {
    if let Some(slug) = &command.slug {
        return Ok(slug.clone());
    }
    let candidates = Slug::of_name(&command.title, "post").candidates();
    let taken = uow.posts().taken(&candidates).await?;
    first_free(&candidates, &taken, id.raw()).ok_or(WritePostError::SlugTaken)
}
