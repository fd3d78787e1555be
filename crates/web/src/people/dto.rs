use domain::{
    identity::{Locale, Permission, Permissions, Role, UserView},
    shared::page::Page,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::present,
    identity::dto::{MailLocale, User, UserRole},
    ordering::dto::Order,
    posts::dto::Post,
};

/// What somebody changes about themselves; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMeRequest {
    /// Language of the mails.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<MailLocale>)]
    pub(crate) locale: Option<Locale>,
    /// Where mail shall go: a link is mailed there, and the address changes once it was followed.
    /// It takes a recent proof of the password.
    #[serde(default, deserialize_with = "present")]
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: Option<String>,
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
}

/// What changes about an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateUserRequest {
    /// Where mail goes; it has to be proven again unless `is_verified` says otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: Option<String>,
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
    /// What the person is to the shop; only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UserRole>)]
    pub(crate) role: Option<Role>,
    /// What somebody on the staff may do; only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) permissions: Option<Vec<Permission>>,
    /// Whether the account may be used.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_active: Option<bool>,
    /// Whether the address counts as proven.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_verified: Option<bool>,
}

/// What an account shall be. Names that are absent are gone afterwards; role, permissions and
/// the two marks stay when they are absent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceUserRequest {
    /// Where mail goes; a new one has to be proven again unless `is_verified` says otherwise.
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: String,
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
    /// What the person is to the shop; only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UserRole>)]
    pub(crate) role: Option<Role>,
    /// What somebody on the staff may do; only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) permissions: Option<Vec<Permission>>,
    /// Whether the account may be used.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_active: Option<bool>,
    /// Whether the address counts as proven.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_verified: Option<bool>,
}

/// What makes an account for somebody else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserRequest {
    /// Where mail goes; also a name to log in with.
    #[schema(format = Email, min_length = 3, max_length = 254, example = "ann@example.com")]
    pub(crate) email: String,
    /// The first password.
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
    /// What the person is to the shop, `user` by default; anything else only by a super admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UserRole>)]
    pub(crate) role: Option<Role>,
    /// What somebody on the staff may do; by default what new staff may.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) permissions: Option<Vec<Permission>>,
    /// Whether the account may be used; it may by default.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_active: Option<bool>,
    /// Whether the address counts as proven; it does not by default.
    #[serde(default, deserialize_with = "present")]
    pub(crate) is_verified: Option<bool>,
}

/// The password there is, and the one there shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordRequest {
    /// The one there is.
    #[serde(alias = "old_password")]
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse 42")]
    pub(crate) current_password: String,
    /// The one there shall be.
    #[schema(format = Password, min_length = 8, max_length = 128, example = "better battery 43")]
    pub(crate) new_password: String,
}

/// People by identity.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBatchRequest {
    /// 1 to 100 identities.
    #[schema(min_items = 1, max_items = 100, example = json!(["01890a5d-ac96-774b-bcce-b302099a8057"]))]
    pub(crate) ids: Vec<Uuid>,
}

/// A person with what was asked for by `include`.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserDetails {
    #[serde(flatten)]
    pub(crate) user: User,
    /// The newest orders, at most 20; null unless included.
    pub(crate) orders: Option<Vec<Order>>,
    /// The newest posts, at most 20, drafts only for those who see them; null unless included.
    pub(crate) posts: Option<Vec<Post>>,
}

/// A person, as shown to others.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicUser {
    /// Always `public`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "public")]
    kind: &'static str,
    /// Identity.
    pub(crate) id: Uuid,
    /// What the person is called.
    #[schema(example = "Ann L.")]
    pub(crate) display_name: String,
    /// When the account was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) since: OffsetDateTime,
}

impl From<&UserView> for PublicUser {
    fn from(user: &UserView) -> Self {
        Self {
            kind: "public",
            id: user.id.raw(),
            display_name: display_name(user),
            since: user.created_at,
        }
    }
}

/// The given name and the first letter of the family name, or the user name; never the address.
fn display_name(user: &UserView) -> String {
    let initial = user.last_name.as_deref().and_then(|name| name.chars().next());
    match (&user.first_name, initial, &user.username) {
        (Some(first), Some(initial), _) => format!("{first} {initial}."),
        (Some(first), None, _) => first.clone(),
        (None, _, Some(username)) => username.clone(),
        (None, _, None) => "Customer".to_owned(),
    }
}

/// A person, as shown to themselves and staff.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountUser {
    /// Always `account`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "account")]
    kind: &'static str,
    #[serde(flatten)]
    details: UserDetails,
}

impl From<UserDetails> for AccountUser {
    fn from(details: UserDetails) -> Self {
        Self { kind: "account", details }
    }
}

/// Everything about a person for themselves and staff, and a name for everybody else.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ShownUser {
    /// To themselves and staff.
    Account(Box<AccountUser>),
    /// To everybody else.
    Public(PublicUser),
}

/// People.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserPage {
    /// The rows.
    pub(crate) items: Vec<UserDetails>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

impl UserPage {
    /// The window `page`, whose people are told in `items`.
    pub(crate) fn of<T>(page: &Page<T>, items: Vec<UserDetails>) -> Self {
        Self { items, total: page.total, next_cursor: page.next.map(|id| id.to_string()) }
    }
}

/// People by identity; the unknown are absent.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserBatch {
    /// In the order they were asked for.
    pub(crate) items: Vec<UserDetails>,
}

/// Reads a set of permissions.
pub(crate) fn permissions(given: Option<Vec<Permission>>) -> Option<Permissions> {
    given.map(Permissions::from)
}
