use time::{Duration, OffsetDateTime};

use super::{
    EmailAddress, Permissions, Standing, UserDeleted, UserRegistered, UserVerified, Username,
};
use crate::{
    shared::event::{AggregateType, DomainEvent, NewEvent, Stamp},
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a person with an account.
    UserId
);

text_enum!(
    /// What a person is to the shop.
    Role {
        /// Buys.
        User = "user",
        /// Works for the shop.
        Staff = "staff",
        /// Runs the shop.
        SuperAdmin = "super_admin",
    }
);

text_enum!(
    /// A language people are written to in.
    Locale {
        /// English.
        En = "en",
        /// Russian.
        Ru = "ru",
    }
);

/// What is known about a person who makes an account.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Where mail goes.
    pub email: EmailAddress,
    /// Optional second name to log in with.
    pub username: Option<Username>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What the person is to the shop.
    pub role: Role,
    /// What somebody on the staff may do.
    pub permissions: Permissions,
}

/// What changes about an account, besides the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserState {
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the address was proven.
    pub is_verified: bool,
    /// Language of the mails.
    pub locale: Locale,
    /// When the person was erased, if so.
    pub erased_at: Option<OffsetDateTime>,
    /// Number of events recorded.
    pub version: i64,
    /// When the account last changed; every change moves it.
    pub updated_at: OffsetDateTime,
}

/// A person with an account.
#[derive(Clone, Debug)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// The person.
    pub profile: NewUser,
    /// PHC string of the password (argon2id).
    pub password_hash: String,
    /// When the account was made.
    pub created_at: OffsetDateTime,
    state: UserState,
    stored: UserState,
    events: Vec<NewEvent>,
}

impl User {
    /// Makes an account and records it.
    pub fn register(id: UserId, profile: NewUser, password_hash: String, stamp: Stamp) -> Self {
        let state = UserState {
            is_active: true,
            is_verified: false,
            locale: Locale::En,
            erased_at: None,
            version: 0,
            updated_at: stamp.at,
        };
        let mut user = Self::restore(id, profile, password_hash, stamp.at, state);
        user.record(UserRegistered { user_id: id }, stamp);
        user
    }

    /// The same, written to in `locale`.
    #[must_use]
    pub const fn speaking(mut self, locale: Locale) -> Self {
        self.state.locale = locale;
        self
    }

    /// The account as it was stored.
    pub const fn restore(
        id: UserId,
        profile: NewUser,
        password_hash: String,
        created_at: OffsetDateTime,
        state: UserState,
    ) -> Self {
        Self { id, profile, password_hash, created_at, state, stored: state, events: Vec::new() }
    }

    /// What changes about the account.
    pub const fn state(&self) -> &UserState {
        &self.state
    }

    /// The state the account was loaded in; a store writes only over this one.
    pub const fn stored_state(&self) -> &UserState {
        &self.stored
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// What the person may do now.
    pub const fn standing(&self) -> Standing {
        Standing { role: self.profile.role, permissions: self.profile.permissions }
    }

    /// Whether the person runs the shop and can sign in.
    pub fn is_active_super_admin(&self) -> bool {
        self.state.is_active && self.profile.role == Role::SuperAdmin
    }

    /// Takes what the person wants to be called.
    pub fn edit(&mut self, edit: ProfileEdit, at: OffsetDateTime) {
        let profile = &mut self.profile;
        edit.username.over(&mut profile.username);
        edit.first_name.over(&mut profile.first_name);
        edit.last_name.over(&mut profile.last_name);
        self.state.locale = edit.locale.unwrap_or(self.state.locale);
        self.touch(at);
    }

    /// Mail goes to `email` from now on; whether it is the person's has to be proven again.
    pub fn change_email(&mut self, email: EmailAddress, at: OffsetDateTime) {
        if email != self.profile.email {
            self.profile.email = email;
            self.state.is_verified = false;
            self.touch(at);
        }
    }

    /// `email` was proven to be the person's: it is the address of the account from now on.
    pub fn prove_email(&mut self, email: EmailAddress, stamp: Stamp) {
        self.profile.email = email;
        self.state.is_verified = true;
        self.touch(stamp.at);
        self.record(UserVerified { user_id: self.id }, stamp);
    }

    /// Says whether the address was proven.
    pub fn note_verified(&mut self, is_verified: bool, at: OffsetDateTime) {
        self.state.is_verified = is_verified;
        self.touch(at);
    }

    /// Replaces the password.
    pub fn change_password(&mut self, hash: String, at: OffsetDateTime) {
        self.password_hash = hash;
        self.touch(at);
    }

    /// Makes the person what `standing` says; only people on the staff keep permissions.
    pub fn appoint(&mut self, standing: Standing, at: OffsetDateTime) {
        self.profile.role = standing.role;
        self.profile.permissions = match standing.role {
            Role::Staff => standing.permissions,
            Role::User | Role::SuperAdmin => Permissions::NONE,
        };
        self.touch(at);
    }

    /// Lets the account be used again.
    pub fn activate(&mut self, at: OffsetDateTime) {
        self.state.is_active = true;
        self.touch(at);
    }

    /// Stops the account from being used.
    pub fn deactivate(&mut self, at: OffsetDateTime) {
        self.state.is_active = false;
        self.touch(at);
    }

    /// Forgets the person for good and records it. What the account is referred to by stays; the
    /// address and the user name are free for others, and nobody can sign in.
    pub fn erase(&mut self, stamp: Stamp) {
        self.profile = NewUser {
            email: EmailAddress::erased(self.id.raw()),
            username: None,
            first_name: None,
            last_name: None,
            role: Role::User,
            permissions: Permissions::NONE,
        };
        self.password_hash = String::new();
        self.state.is_active = false;
        self.state.is_verified = false;
        self.state.erased_at = Some(stamp.at);
        self.touch(stamp.at);
        self.record(UserDeleted { user_id: self.id }, stamp);
    }

    /// Later than before also when clocks disagree, since a store tells states apart by it.
    fn touch(&mut self, at: OffsetDateTime) {
        self.state.updated_at = at.max(self.state.updated_at + Duration::MICROSECOND);
    }

    fn record(&mut self, event: impl Into<DomainEvent>, stamp: Stamp) {
        self.state.version += 1;
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::User,
            aggregate_id: self.id.raw(),
            aggregate_version: self.state.version,
            occurred_at: stamp.at,
            event: event.into(),
        });
    }
}

/// What becomes of a field that may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is empty from now on.
    Clear,
    /// It is this from now on.
    Set(T),
}

impl<T> Edit<T> {
    /// A field that stays unless it is given.
    pub fn given(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }

    /// A field that is empty unless it is given.
    pub fn whole(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }

    fn over(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

/// What people may change about themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    /// Second name to log in with.
    pub username: Edit<Username>,
    /// Given name.
    pub first_name: Edit<String>,
    /// Family name.
    pub last_name: Edit<String>,
    /// Language of the mails; absent, it stays.
    pub locale: Option<Locale>,
}
