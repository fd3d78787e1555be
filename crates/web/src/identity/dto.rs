use domain::identity::{
    AccessToken, Locale, Permissions, Registered, Role, SessionId, SessionView, SignedIn, UserView,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::present;

/// What makes an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterRequest {
    /// Where mail goes; also a name to log in with.
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: String,
    /// 8 to 128 characters after NFC.
    #[schema(format = Password, min_length = 8, max_length = 128, example = "correct horse 42")]
    pub(crate) password: String,
    /// A second name to log in with: letters, digits, `.`, `_` and `-`.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 3, max_length = 50, pattern = r"^[\w.-]+$", example = "ann")]
    pub(crate) username: Option<String>,
    /// Given name.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Ann"
    )]
    pub(crate) first_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Lee"
    )]
    pub(crate) last_name: Option<String>,
    /// What the person may do; anything but `user` only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UserRole>)]
    pub(crate) role: Option<Role>,
}

/// What opens a session: a password, and exactly one of `email`, `username` and `login`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// The e-mail address of the account.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 254, example = "ann@example.com")]
    pub(crate) email: Option<String>,
    /// The user name, or the e-mail address.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 254)]
    pub(crate) username: Option<String>,
    /// Either.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 254)]
    pub(crate) login: Option<String>,
    /// The password.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse 42")]
    pub(crate) password: String,
}

/// The same as an OAuth 2 password grant.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginForm {
    /// The e-mail address or user name.
    #[schema(min_length = 1, max_length = 254, example = "ann@example.com")]
    pub(crate) username: String,
    /// The password.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse 42")]
    pub(crate) password: String,
    /// `password`, when it is sent.
    #[serde(default)]
    #[schema(pattern = "^password$", example = "password")]
    pub(crate) grant_type: Option<String>,
}

/// What asks for the next pair of tokens.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The refresh token, which is spent by this; that of the cookies when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 1024,
        example = "mVQ0cR3vN6kXh1tY8uZb5sEoWj2aLfGdPq7iTn4wSxM"
    )]
    pub(crate) refresh_token: Option<String>,
}

/// What proves the password again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpRequest {
    /// The password of the caller.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse 42")]
    pub(crate) password: String,
}

/// An access token alone; the refresh token stays what it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshAccess {
    /// For the header `Authorization: Bearer`.
    pub(crate) access_token: String,
    /// `bearer`.
    #[schema(example = "bearer")]
    pub(crate) token_type: &'static str,
    /// Seconds it lives.
    #[schema(minimum = 0, format = Int64, example = 900)]
    pub(crate) expires_in: u64,
}

impl From<AccessToken> for FreshAccess {
    fn from(made: AccessToken) -> Self {
        let AccessToken { token, expires_in } = made;
        Self { access_token: token.0, token_type: "bearer", expires_in }
    }
}

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// For the header `Authorization: Bearer`.
    pub(crate) access_token: String,
    /// Makes the next pair, once.
    pub(crate) refresh_token: String,
    /// `bearer`.
    #[schema(example = "bearer")]
    pub(crate) token_type: &'static str,
    /// Seconds the access token lives.
    #[schema(minimum = 0, format = Int64, example = 900)]
    pub(crate) expires_in: u64,
}

impl From<SignedIn> for Tokens {
    fn from(tokens: SignedIn) -> Self {
        Self {
            access_token: tokens.access_token.0,
            refresh_token: tokens.refresh_token.0,
            token_type: "bearer",
            expires_in: tokens.expires_in,
        }
    }
}

/// A device that is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Identity.
    pub(crate) id: Uuid,
    /// Program and system it was opened from.
    #[schema(example = "Firefox on Linux")]
    pub(crate) device: Option<String>,
    /// Network it was opened from; whole addresses are not kept.
    #[schema(example = "203.0.113.0/24")]
    pub(crate) address: Option<String>,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When its access was last renewed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) last_used_at: OffsetDateTime,
    /// When it ends unless it is refreshed before.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires_at: OffsetDateTime,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

/// The devices of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionPage {
    pub(crate) items: Vec<Session>,
    /// How many there are.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: usize,
    /// Always null: they are all here.
    pub(crate) next_cursor: Option<String>,
}

impl SessionPage {
    /// As the one who asks from `current` sees them.
    pub(crate) fn seen_from(current: Option<SessionId>, sessions: Vec<SessionView>) -> Self {
        let shown = |session: SessionView| Session {
            id: session.id.raw(),
            device: session.device.name,
            address: session.device.network,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            current: Some(session.id) == current,
        };
        let items: Vec<_> = sessions.into_iter().map(shown).collect();
        Self { total: items.len(), items, next_cursor: None }
    }
}

/// What a person may do.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::identity::Role")]
pub(crate) enum UserRole {
    User,
    Staff,
    SuperAdmin,
}

/// A language mails are written in.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::identity::Locale")]
pub(crate) enum MailLocale {
    En,
    Ru,
}

/// A person, as shown to themselves and to staff.
#[derive(Serialize, ToSchema)]
pub(crate) struct User {
    /// Identity.
    pub(crate) id: Uuid,
    /// Where mail goes.
    #[schema(example = "ann@example.com")]
    pub(crate) email: String,
    /// Second name to log in with.
    #[schema(example = "ann")]
    pub(crate) username: Option<String>,
    /// Given name.
    #[schema(example = "Ann")]
    pub(crate) first_name: Option<String>,
    /// Family name.
    #[schema(example = "Lee")]
    pub(crate) last_name: Option<String>,
    /// What the person may do.
    #[schema(value_type = UserRole)]
    pub(crate) role: Role,
    /// What somebody on the staff may do; a super admin may everything and needs none.
    #[schema(value_type = Vec<String>)]
    pub(crate) permissions: Permissions,
    /// Whether the account may be used.
    pub(crate) is_active: bool,
    /// Whether the address was proven.
    pub(crate) is_verified: bool,
    /// Language of the mails.
    #[schema(value_type = MailLocale)]
    pub(crate) locale: Locale,
    /// When the account was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<UserView> for User {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id.raw(),
            email: user.email,
            username: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            role: user.role,
            permissions: user.permissions,
            is_active: user.is_active,
            is_verified: user.is_verified,
            locale: user.locale,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A new account, signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegisteredUser {
    #[serde(flatten)]
    pub(crate) user: User,
    #[serde(flatten)]
    pub(crate) tokens: Tokens,
}

impl From<Registered> for RegisteredUser {
    fn from(registered: Registered) -> Self {
        Self { user: registered.user.into(), tokens: registered.tokens.into() }
    }
}
