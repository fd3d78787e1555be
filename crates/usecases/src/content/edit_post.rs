use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    content::{
        ContentRenderer, ContentStore, EditPost, EditPostCommand, PostBody, PostChanges, PostEdit,
        PostView, WritePostError,
    },
    identity::Permission,
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::refused;
use crate::retry::retry_lost_races;

/// Implements [`EditPost`].
#[derive(Component)]
#[shaku(interface = EditPost)]
pub struct EditPostUseCase {
    #[shaku(inject)]
    store: Arc<dyn ContentStore>,
    #[shaku(inject)]
    renderer: Arc<dyn ContentRenderer>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Drawn and rendered once, before the first attempt.
struct Draft {
    edit: PostEdit,
    edited: Stamp,
    moved: Stamp,
}

#[async_trait]
impl EditPost for EditPostUseCase {
    #[tracing::instrument(name = "content.edit_post", skip_all)]
    async fn execute(&self, command: EditPostCommand) -> Result<PostView, WritePostError> {
        let body = match &command.changes.body {
            Some(markdown) => {
                let html = self.renderer.render(markdown)?;
                Some(PostBody { markdown: markdown.clone(), html })
            }
            None => None,
        };
        let (title, slug) = (command.changes.title.clone(), command.changes.slug.clone());
        let draft = Draft {
            edit: PostEdit { title, slug, body },
            edited: stamp(&*self.clock, &*self.ids),
            moved: stamp(&*self.clock, &*self.ids),
        };
        retry_lost_races(|| self.attempt(&command, &draft)).await.map_err(refused)
    }
}

impl EditPostUseCase {
    async fn attempt(
        &self,
        command: &EditPostCommand,
        draft: &Draft,
    ) -> Result<PostView, WritePostError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let author = command.actor.scope(Permission::ContentWrite);
        let found = uow.posts().find(&command.post, author).await?;
        let mut post = found.ok_or(WritePostError::NotFound)?;
        command.precondition.check(post.version())?;
        post.edit(draft.edit.clone(), draft.edited);
        if let Some(status) = command.changes.status {
            post.set_status(status, draft.moved);
        }
        let view = PostView::from(&post);
        if post.events().is_empty() {
            return Ok(view);
        }
        uow.posts().update(&post).await?;
        let (action, kind) = (AuditAction::PostUpdated, AuditTargetKind::Post);
        let (id, at) = (post.id().raw(), draft.edited.at);
        let entry = AuditEntry::new(command.actor, action, kind, id, at);
        uow.audit().record(entry.fields(&fields_of(&command.changes)));
        uow.commit().await?;
        Ok(view)
    }
}

fn fields_of(changes: &PostChanges) -> Vec<&'static str> {
    let named = [
        ("title", changes.title.is_some()),
        ("slug", changes.slug.is_some()),
        ("body", changes.body.is_some()),
        ("status", changes.status.is_some()),
    ];
    named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
}
