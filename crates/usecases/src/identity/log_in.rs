use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        AccessTokens, DeviceId, DeviceTokens, IdentityReads, IdentityStore, Knocker, KnownDevice,
        LogIn, LogInCommand, LogInError, LoggedIn, LoginGuard, PasswordHasher, RefreshTokens,
        Secret, Session, UserId, login_key,
    },
    shared::{
        error::StoreError,
        event::Provenance,
        ports::{Clock, IdGenerator, Randomness},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::sign_in::{MAX_SESSIONS, claims_of, new_session, signed_in};
use crate::retry::retry_lost_races;

/// How often the hash of a password may change while it is checked.
const MAX_CHECKS: u32 = 3;

/// Implements [`LogIn`].
#[derive(Component)]
#[shaku(interface = LogIn)]
pub struct LogInUseCase {
    #[shaku(inject)]
    reads: Arc<dyn IdentityReads>,
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    guard: Arc<dyn LoginGuard>,
    #[shaku(inject)]
    devices: Arc<dyn DeviceTokens>,
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
    /// Whether only those come in whose address was proven. Where registering says nothing,
    /// logging in would say who had an account before.
    only_proven: bool,
}

#[async_trait]
impl LogIn for LogInUseCase {
    #[tracing::instrument(name = "identity.log_in", skip_all)]
    async fn execute(&self, command: LogInCommand) -> Result<LoggedIn, LogInError> {
        let login_key = login_key(&command.login);
        let known = self.reads.credentials(&login_key).await?;
        let now = self.clock.now();
        let device = command.known_device.and_then(|token| self.devices.verify(&token, now));
        let device =
            device.filter(|(user, _)| known.as_ref().is_some_and(|known| known.user == *user));
        let knocker = match (&known, device) {
            (_, Some((user, device))) => Knocker::device(user, device),
            (Some(known), None) => Knocker::account(known.user),
            (None, None) => Knocker::unknown(&login_key),
        };
        self.guard.admit(&knocker).await?;
        // Verified even when nobody is known, so that both answers take the same time.
        let hash = known.as_ref().map(|known| known.password_hash.as_str());
        let is_right = match self.hasher.verify(&command.password, hash).await {
            Ok(is_right) => is_right,
            Err(error) => {
                self.guard.take_back(&knocker).await;
                return Err(error.into());
            }
        };
        let is_let_in = |is_verified: bool| is_right && (is_verified || !self.only_proven);
        let Some(known) = known.filter(|known| is_let_in(known.is_verified)) else {
            return Err(LogInError::BadCredentials);
        };
        self.guard.forget(&knocker).await;
        if !known.is_active {
            return Err(LogInError::Deactivated);
        }

        let (session, refresh_token) = new_session(
            known.user,
            command.device,
            &*self.ids,
            &*self.randomness,
            &*self.refresh_tokens,
            now,
        );
        let claims = claims_of(&session, known.role);
        let tokens = signed_in(&*self.access_tokens, &claims, refresh_token, now)?;
        let hash = self.open(&session, &command.password, known.password_hash).await?;
        if self.hasher.is_outdated(&hash)
            && let Err(error) = self.renew(known.user, &command.password, &hash).await
        {
            // Whoever knows the password is in; the next time will do.
            tracing::warn!(%error, "a password hash was not renewed");
        }
        Ok(LoggedIn {
            tokens,
            device: device.is_none().then(|| self.known_from_now_on(known.user, now)),
        })
    }
}

impl LogInUseCase {
    fn known_from_now_on(&self, user: UserId, now: OffsetDateTime) -> KnownDevice {
        let token = self.devices.issue(user, DeviceId::new(self.ids.next()), now);
        KnownDevice { token, lifetime: self.devices.lifetime() }
    }

    /// Opens `session` for whoever gave `password`, which `hash` is of; answers the hash it was
    /// opened by. A new password that was set meanwhile has ended all sessions, and no old one
    /// begins another.
    async fn open(
        &self,
        session: &Session,
        password: &Secret,
        mut hash: String,
    ) -> Result<String, LogInError> {
        for _ in 0..MAX_CHECKS {
            let Some(other) = retry_lost_races(|| self.attempt(session, &hash)).await? else {
                return Ok(hash);
            };
            // Another log-in may have renewed the hash of the same password.
            if !self.hasher.verify(password, Some(&other)).await? {
                return Err(LogInError::BadCredentials);
            }
            hash = other;
        }
        Err(StoreError::Conflict.into())
    }

    /// Opens `session` if the password is still the one `hash` is of; else answers what it is.
    async fn attempt(&self, session: &Session, hash: &str) -> Result<Option<String>, LogInError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let user = uow.users().find(session.user).await?.ok_or(LogInError::BadCredentials)?;
        if user.password_hash != hash {
            return Ok(Some(user.password_hash));
        }
        if !user.state().is_active {
            return Err(LogInError::Deactivated);
        }
        uow.sessions().open(session, MAX_SESSIONS).await?;
        uow.commit().await?;
        Ok(None)
    }

    /// Hashes the password as it is done today, unless it was changed meanwhile.
    async fn renew(&self, user: UserId, password: &Secret, from: &str) -> Result<(), LogInError> {
        let to = self.hasher.hash(password).await?;
        let mut uow = self.store.begin(&Provenance::default()).await?;
        if uow.users().rehash(user, from, &to).await? {
            uow.commit().await?;
        }
        Ok(())
    }
}
