use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AcceptPassword, AccessTokens, EmailRequest, EmailRequestId, EmailRequestKind,
        IdentityStore, NewUser, PasswordOwner, Permissions, RefreshTokens, RegisterError,
        RegisterUser, RegisterUserCommand, Registered, Session, User, UserId, UserView, Username,
    },
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, Randomness, stamp},
    },
};
use shaku::Component;

use super::sign_in::{MAX_SESSIONS, claims_of, new_session, signed_in};
use crate::retry::retry_lost_races;

/// Implements [`RegisterUser`].
#[derive(Component)]
#[shaku(interface = RegisterUser)]
pub struct RegisterUserUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    accept_password: Arc<dyn AcceptPassword>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
    #[shaku(inject)]
    randomness: Arc<dyn Randomness>,
}

/// What is written, drawn once.
struct Plan {
    user: User,
    session: Session,
    proof: EmailRequest,
    requested: Stamp,
}

#[async_trait]
impl RegisterUser for RegisterUserUseCase {
    #[tracing::instrument(name = "identity.register_user", skip_all)]
    async fn execute(&self, command: RegisterUserCommand) -> Result<Registered, RegisterError> {
        let owner = PasswordOwner {
            role: command.role,
            email: command.email.as_str(),
            username: command.username.as_ref().map(Username::as_str),
        };
        let password_hash = self.accept_password.execute(&command.password, &owner).await?;

        let (clock, ids) = (&*self.clock, &*self.ids);
        let registered = stamp(clock, ids);
        let profile = NewUser {
            email: command.email,
            username: command.username,
            first_name: command.first_name,
            last_name: command.last_name,
            role: command.role,
            permissions: Permissions::of_new(command.role),
        };
        let user = User::register(UserId::new(ids.next()), profile, password_hash, registered)
            .speaking(command.locale);
        let (session, refresh_token) = new_session(
            user.id,
            command.device,
            ids,
            &*self.randomness,
            &*self.refresh_tokens,
            registered.at,
        );
        // Signed before anything is written: an account is never made without its answer.
        let claims = claims_of(&session, user.profile.role);
        let tokens = signed_in(&*self.access_tokens, &claims, refresh_token, registered.at)?;

        let proof = EmailRequest {
            id: EmailRequestId::new(ids.next()),
            kind: EmailRequestKind::Verify,
            email_key: user.profile.email.key(),
            created_at: registered.at,
        };
        let plan = Plan { user, session, proof, requested: stamp(clock, ids) };
        retry_lost_races(|| self.attempt(&plan, &command.provenance)).await?;
        Ok(Registered { user: UserView::from(&plan.user), tokens })
    }
}

impl RegisterUserUseCase {
    /// The proof of the address is asked for with the account, so that no account is without.
    async fn attempt(&self, plan: &Plan, provenance: &Provenance) -> Result<(), RegisterError> {
        let mut uow = self.store.begin(provenance).await?;
        uow.users().insert(&plan.user).await.map_err(taken)?;
        uow.sessions().open(&plan.session, MAX_SESSIONS).await?;
        uow.email_tokens().request(&plan.proof, plan.requested).await?;
        // A store may find out about a racing registration only when it commits.
        uow.commit().await.map_err(taken)
    }
}

fn taken(error: StoreError) -> RegisterError {
    match error {
        StoreError::AlreadyExists { constraint } if constraint == "uq_users_email_key" => {
            RegisterError::EmailTaken
        }
        StoreError::AlreadyExists { constraint } if constraint == "uq_users_username_key" => {
            RegisterError::UsernameTaken
        }
        error => error.into(),
    }
}
