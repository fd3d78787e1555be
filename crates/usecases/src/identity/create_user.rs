use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    identity::{
        AcceptPassword, CreateUser, CreateUserCommand, IdentityStore, PasswordOwner, Role, User,
        UserError, UserId, UserView,
    },
    shared::{
        actor::Forbidden,
        event::Provenance,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`CreateUser`].
#[derive(Component)]
#[shaku(interface = CreateUser)]
pub struct CreateUserUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    accept_password: Arc<dyn AcceptPassword>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl CreateUser for CreateUserUseCase {
    #[tracing::instrument(name = "identity.create_user", skip_all)]
    async fn execute(&self, command: CreateUserCommand) -> Result<UserView, UserError> {
        let CreateUserCommand { by, profile, password, is_active, is_verified, provenance } =
            command;
        if profile.role != Role::User && by.is_some_and(|actor| actor.role != Role::SuperAdmin) {
            return Err(Forbidden.into());
        }
        if profile.role != Role::Staff && !profile.permissions.is_empty() {
            return Err(UserError::NotOnStaff);
        }
        let hash = self.accept_password.execute(&password, &PasswordOwner::of(&profile)).await?;

        let stamp = stamp(&*self.clock, &*self.ids);
        let mut user = User::register(UserId::new(self.ids.next()), profile, hash, stamp);
        if is_verified {
            user.note_verified(true, stamp.at);
        }
        if !is_active {
            user.deactivate(stamp.at);
        }
        let by = by.map_or(AuditActor::Cli, AuditActor::from);
        retry_lost_races(|| self.attempt(&user, by, &provenance)).await?;
        Ok(UserView::from(&user))
    }
}

impl CreateUserUseCase {
    async fn attempt(
        &self,
        user: &User,
        by: AuditActor,
        provenance: &Provenance,
    ) -> Result<(), UserError> {
        let mut uow = self.store.begin(provenance).await?;
        uow.users().insert(user).await?;
        let (id, at) = (user.id.raw(), user.created_at);
        let entry = AuditEntry::new(by, AuditAction::UserCreated, AuditTargetKind::User, id, at)
            .with("role", user.profile.role);
        uow.audit().record(entry);
        Ok(uow.commit().await?)
    }
}
