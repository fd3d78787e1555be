use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    content::{ContentStore, DeletePost, DeletePostCommand, WritePostError},
    identity::Permission,
    shared::{
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`DeletePost`].
#[derive(Component)]
#[shaku(interface = DeletePost)]
pub struct DeletePostUseCase {
    #[shaku(inject)]
    store: Arc<dyn ContentStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl DeletePost for DeletePostUseCase {
    #[tracing::instrument(name = "content.delete_post", skip_all)]
    async fn execute(&self, command: DeletePostCommand) -> Result<(), WritePostError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        retry_lost_races(|| self.attempt(&command, stamp)).await
    }
}

impl DeletePostUseCase {
    async fn attempt(
        &self,
        command: &DeletePostCommand,
        stamp: Stamp,
    ) -> Result<(), WritePostError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let author = command.actor.scope(Permission::ContentWrite);
        let found = uow.posts().find(&command.post, author).await?;
        let mut post = found.ok_or(WritePostError::NotFound)?;
        command.precondition.check(post.version())?;
        post.delete(stamp);
        uow.posts().delete(&post).await?;
        let (action, kind) = (AuditAction::PostDeleted, AuditTargetKind::Post);
        uow.audit().record(AuditEntry::new(command.actor, action, kind, post.id().raw(), stamp.at));
        uow.commit().await?;
        Ok(())
    }
}
