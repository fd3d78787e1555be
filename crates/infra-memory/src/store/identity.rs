use async_trait::async_trait;
use domain::{
    identity::{
        ApiKeyRepository, Credentials, Device, EmailAddress, EmailTokenRepository, IdentityReads,
        IdentityUnitOfWork, Role, Session, SessionFamilyRevoked, SessionId, SessionRepository,
        SessionState, SessionView, User, UserId, UserRepository, UserView, Username,
    },
    messaging::MailQueue,
    shared::{
        error::StoreError,
        event::{AggregateType, NewEvent, Stamp},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, state::Tables, unit_of_work::already_exists};

impl IdentityUnitOfWork for MemoryUnitOfWork {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository {
        self
    }

    fn email_tokens(&mut self) -> &mut dyn EmailTokenRepository {
        self
    }

    fn mails(&mut self) -> &mut dyn MailQueue {
        self
    }
}

fn keys(user: &User) -> (String, Option<String>) {
    let profile = &user.profile;
    (EmailAddress::key(&profile.email), profile.username.as_ref().map(Username::key))
}

/// Refuses an address or a name that belongs to somebody else.
fn must_be_free(tables: &Tables, user: &User) -> Result<(), StoreError> {
    let (email, username) = keys(user);
    for other in tables.users.values().filter(|other| other.id != user.id) {
        let (taken_email, taken_username) = keys(other);
        if taken_email == email {
            return Err(already_exists("uq_users_email_key"));
        }
        if username.is_some() && taken_username == username {
            return Err(already_exists("uq_users_username_key"));
        }
    }
    Ok(())
}

/// The person as the next unit of work loads it.
fn stored(user: &User) -> User {
    let (profile, hash) = (user.profile.clone(), user.password_hash.clone());
    User::restore(user.id, profile, hash, user.created_at, *user.state())
}

#[async_trait]
impl UserRepository for MemoryUnitOfWork {
    async fn insert(&mut self, user: &User) -> Result<(), StoreError> {
        must_be_free(self.tables(), user)?;
        self.write().users.insert(user.id, stored(user));
        self.record(user.events())
    }

    async fn rehash(&mut self, user: UserId, from: &str, to: &str) -> Result<bool, StoreError> {
        let users = &mut self.write().users;
        let Some(known) = users.get_mut(&user).filter(|known| known.password_hash == from) else {
            return Ok(false);
        };
        known.password_hash = to.to_owned();
        Ok(true)
    }

    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let user = self.tables().users.get(&id);
        Ok(user.filter(|user| user.state().erased_at.is_none()).cloned())
    }

    async fn find_by_email(&mut self, email_key: &str) -> Result<Option<User>, StoreError> {
        let mut users = self.tables().users.values();
        let user = users.find(|user| user.profile.email.key() == email_key);
        Ok(user.filter(|user| user.state().erased_at.is_none()).cloned())
    }

    async fn update(&mut self, user: &User) -> Result<(), StoreError> {
        let known = self.tables().users.get(&user.id);
        if known.map(User::state) != Some(user.stored_state()) {
            return Err(StoreError::Conflict);
        }
        must_be_free(self.tables(), user)?;
        let tables = self.write();
        tables.users.insert(user.id, stored(user));
        if user.state().erased_at.is_some() {
            tables.mails.retain(|_, row| row.mail.recipient != user.id);
            tables.email_tokens.retain(|_, token| token.user != user.id);
            let theirs = tables.sessions.values_mut().filter(|session| session.user == user.id);
            theirs.for_each(|session| session.device = Device::default());
        }
        self.record(user.events())
    }

    async fn super_admins(&mut self) -> Result<Vec<UserId>, StoreError> {
        let users = self.tables().users.values();
        Ok(users.filter(|user| user.is_active_super_admin()).map(|user| user.id).collect())
    }
}

fn credentials(user: &User) -> Option<Credentials> {
    user.state().erased_at.is_none().then(|| Credentials {
        user: user.id,
        password_hash: user.password_hash.clone(),
        role: user.profile.role,
        is_active: user.state().is_active,
        is_verified: user.state().is_verified,
    })
}

/// Live sessions of `user`, newest first.
fn live(tables: &mut Tables, user: UserId) -> Vec<&mut Session> {
    let mut live: Vec<_> = tables
        .sessions
        .values_mut()
        .filter(|session| session.user == user && session.revoked_at.is_none())
        .collect();
    live.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
    live
}

#[async_trait]
impl SessionRepository for MemoryUnitOfWork {
    async fn open(&mut self, session: &Session, keep: u32) -> Result<(), StoreError> {
        let tables = self.write();
        tables.sessions.insert(session.id, session.clone());
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        for surplus in live(tables, session.user).into_iter().skip(keep) {
            surplus.revoked_at = Some(session.created_at);
        }
        Ok(())
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<(Session, Role, bool)>, StoreError> {
        let tables = self.tables();
        Ok(tables.sessions.get(&id).and_then(|session| {
            let owner = tables.users.get(&session.user)?;
            Some((session.clone(), owner.profile.role, owner.state().is_active))
        }))
    }

    async fn rotate(
        &mut self,
        session: &Session,
        next_hash: [u8; 32],
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (id, from) = (session.id, session.generation);
        let Some(session) = self.write().sessions.get_mut(&id) else { return Ok(false) };
        if session.revoked_at.is_some() || session.generation != from {
            return Ok(false);
        }
        session.expires_at = expires_at;
        session.previous_hash = Some(session.current_hash);
        session.current_hash = next_hash;
        session.generation += 1;
        session.rotated_at = now;
        Ok(true)
    }

    async fn authenticated(
        &mut self,
        user: UserId,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let found = live(self.write(), user).into_iter().find(|session| session.id == id);
        let is_live = found.is_some();
        if let Some(session) = found {
            session.authenticated_at = now;
        }
        Ok(is_live)
    }

    async fn revoke_family(&mut self, session: &Session, stamp: Stamp) -> Result<(), StoreError> {
        let (user, id) = (session.user, session.id);
        let Some(stored) = self.write().sessions.get_mut(&id) else { return Ok(()) };
        if stored.revoked_at.is_some() {
            return Ok(());
        }
        stored.revoked_at = Some(stamp.at);
        let revoked = NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Session,
            aggregate_id: id.raw(),
            aggregate_version: 1,
            occurred_at: stamp.at,
            event: SessionFamilyRevoked { user_id: user, session_id: id }.into(),
        };
        self.record(&[revoked])
    }

    async fn revoke(
        &mut self,
        user: UserId,
        only: Option<SessionId>,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut ended = Vec::new();
        for session in live(self.write(), user) {
            if only.is_none_or(|only| only == session.id) {
                session.revoked_at = Some(now);
                ended.push(session.id);
            }
        }
        Ok(ended)
    }

    async fn revoke_others(
        &mut self,
        user: UserId,
        keep: SessionId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut ended = Vec::new();
        for session in live(self.write(), user) {
            if session.id != keep {
                session.revoked_at = Some(now);
                ended.push(session.id);
            }
        }
        Ok(ended)
    }

    async fn remove_over(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError> {
        let sessions = &mut self.write().sessions;
        let over_at = |session: &Session| session.revoked_at.unwrap_or(session.expires_at);
        let mut over: Vec<_> = sessions.values().map(|one| (over_at(one), one.id)).collect();
        over.retain(|(at, _)| *at < before);
        over.sort_unstable();
        over.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        for (_, id) in &over {
            sessions.remove(id);
        }
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }
}

/// [`IdentityReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = IdentityReads)]
pub struct MemoryIdentityReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryIdentityReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl IdentityReads for MemoryIdentityReads {
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        let tables = self.state.lock();
        let user = tables.users.get(&id).filter(|user| user.state().erased_at.is_none());
        Ok(user.map(UserView::from))
    }

    async fn credentials(&self, login_key: &str) -> Result<Option<Credentials>, StoreError> {
        let tables = self.state.lock();
        let user = tables.users.values().find(|user| {
            let (email, username) = keys(user);
            email == login_key || username.as_deref() == Some(login_key)
        });
        Ok(user.and_then(credentials))
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>, StoreError> {
        Ok(self.state.lock().users.get(&user).and_then(credentials))
    }

    async fn sessions(
        &self,
        user: UserId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionView>, StoreError> {
        let tables = self.state.lock();
        let own = tables.sessions.values().filter(|session| session.user == user);
        let mut views: Vec<_> = own
            .filter(|session| session.is_live(now))
            .map(|session| SessionView {
                id: session.id,
                device: session.device.clone(),
                created_at: session.created_at,
                last_used_at: session.rotated_at,
                expires_at: session.expires_at,
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse((view.last_used_at, view.id)));
        Ok(views)
    }

    async fn live_among(
        &self,
        sessions: &[SessionId],
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let tables = self.state.lock();
        let is_live = |id: &&SessionId| {
            let live = tables.sessions.get(*id).filter(|session| session.is_live(now));
            let owner = live.and_then(|session| tables.users.get(&session.user));
            owner.is_some_and(|owner| owner.state().is_active)
        };
        Ok(sessions.iter().filter(is_live).copied().collect())
    }

    async fn session_state(
        &self,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<SessionState, StoreError> {
        let tables = self.state.lock();
        let live = tables.sessions.get(&id).filter(|session| session.is_live(now));
        let owner = live.and_then(|session| tables.users.get(&session.user));
        Ok(match owner.filter(|owner| owner.state().is_active) {
            Some(owner) => SessionState::Live(owner.standing()),
            None => SessionState::Ended,
        })
    }
}
