use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AcceptPassword, EmailRequest, EmailRequestId, EmailRequestKind, IdentityStore, NewUser,
        PasswordOwner, PeopleReads, Permissions, RegisterError, RegisterQuietly,
        RegisterUserCommand, Role, User, UserId, Username,
    },
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`RegisterQuietly`].
#[derive(Component)]
#[shaku(interface = RegisterQuietly)]
pub struct RegisterQuietlyUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    people: Arc<dyn PeopleReads>,
    #[shaku(inject)]
    accept_password: Arc<dyn AcceptPassword>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// What would be written, drawn once.
struct Plan {
    user: User,
    request: EmailRequestId,
    requested: Stamp,
}

#[async_trait]
impl RegisterQuietly for RegisterQuietlyUseCase {
    #[tracing::instrument(name = "identity.register_quietly", skip_all)]
    async fn execute(&self, command: RegisterUserCommand) -> Result<(), RegisterError> {
        // Looked at before the address, so that it says nothing about that.
        if let Some(name) = &command.username
            && self.people.by_username(&name.key()).await?.is_some()
        {
            return Err(RegisterError::UsernameTaken);
        }
        let profile = NewUser {
            email: command.email,
            username: command.username,
            first_name: command.first_name,
            last_name: command.last_name,
            role: Role::User,
            permissions: Permissions::of_new(Role::User),
        };
        let owner = PasswordOwner {
            role: Role::User,
            email: profile.email.as_str(),
            username: profile.username.as_ref().map(Username::as_str),
        };
        let hash = self.accept_password.execute(&command.password, &owner).await?;
        let (clock, ids) = (&*self.clock, &*self.ids);
        let plan = Plan {
            user: User::register(UserId::new(ids.next()), profile, hash, stamp(clock, ids))
                .speaking(command.locale),
            request: EmailRequestId::new(ids.next()),
            requested: stamp(clock, ids),
        };
        match retry_lost_races(|| self.attempt(&plan, &command.provenance)).await {
            // Somebody was faster with this address: asked again, the store knows the account.
            Err(StoreError::AlreadyExists { constraint }) if constraint == EMAIL => {
                Ok(retry_lost_races(|| self.attempt(&plan, &command.provenance)).await?)
            }
            Err(StoreError::AlreadyExists { constraint }) if constraint == USERNAME => {
                Err(RegisterError::UsernameTaken)
            }
            done => Ok(done?),
        }
    }
}

const EMAIL: &str = "uq_users_email_key";
const USERNAME: &str = "uq_users_username_key";

impl RegisterQuietlyUseCase {
    /// Ends with a commit whoever has the address, and leaves to the worker who is mailed what.
    async fn attempt(&self, plan: &Plan, provenance: &Provenance) -> Result<(), StoreError> {
        let email_key = plan.user.profile.email.key();
        let mut uow = self.store.begin(provenance).await?;
        let kind = if uow.users().find_by_email(&email_key).await?.is_some() {
            EmailRequestKind::Reset
        } else {
            uow.users().insert(&plan.user).await?;
            EmailRequestKind::Verify
        };
        let (id, created_at) = (plan.request, plan.requested.at);
        let request = EmailRequest { id, kind, email_key, created_at };
        uow.email_tokens().request(&request, plan.requested).await?;
        uow.commit().await
    }
}
