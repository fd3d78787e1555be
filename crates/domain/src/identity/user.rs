use time::OffsetDateTime;

use super::{EmailAddress, Permissions, UserRegistered, Username};
use crate::{
    shared::event::{AggregateType, NewEvent, Stamp},
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
    events: Vec<NewEvent>,
}

impl User {
    /// Makes an account and records it.
    pub fn register(id: UserId, profile: NewUser, password_hash: String, stamp: Stamp) -> Self {
        let registered = NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::User,
            aggregate_id: id.raw(),
            aggregate_version: 1,
            occurred_at: stamp.at,
            event: UserRegistered { user_id: id }.into(),
        };
        Self { id, profile, password_hash, created_at: stamp.at, events: vec![registered] }
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}
