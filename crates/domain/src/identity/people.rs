//! What may be asked about accounts: by the people themselves, and by those who look after them.

use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{
    Edit, EmailAddress, NewUser, Permission, Permissions, ProfileEdit, Role, Secret, Standing,
    User, UserError, UserId, UserView,
};
use crate::{
    catalogue::ProductView,
    content::PostView,
    ordering::OrderView,
    payments::PaymentView,
    shared::{
        actor::{Actor, Forbidden},
        error::StoreError,
        event::Provenance,
    },
};

/// Input of [`CreateUser`].
#[derive(Clone, Debug)]
pub struct CreateUserCommand {
    /// Who makes the account; whoever runs the command line when nobody is named.
    pub by: Option<Actor>,
    /// The person.
    pub profile: NewUser,
    /// In plain, NFC; never logged.
    pub password: Secret,
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the address counts as proven.
    pub is_verified: bool,
    /// What set it off.
    pub provenance: Provenance,
}

/// Makes an account for somebody else, without a session.
#[async_trait]
pub trait CreateUser: Interface {
    /// Only a super admin, or the command line, makes people who work for the shop.
    async fn execute(&self, command: CreateUserCommand) -> Result<UserView, UserError>;
}

/// What changes about an account; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct UserEdit {
    /// What people may change about themselves.
    pub profile: ProfileEdit,
    /// Where mail goes; it has to be proven again unless `is_verified` says otherwise.
    pub email: Option<EmailAddress>,
    /// What the person is to the shop.
    pub role: Option<Role>,
    /// What somebody on the staff may do.
    pub permissions: Option<Permissions>,
    /// Whether the account may be used.
    pub is_active: Option<bool>,
    /// Whether the address was proven.
    pub is_verified: Option<bool>,
}

impl UserEdit {
    /// Decides whether `actor` may change `user` so. People change their own names; plain accounts
    /// are looked after by whoever may write them; roles, permissions and people who work for the
    /// shop are a super admin's.
    ///
    /// # Errors
    /// [`UserError::Forbidden`], and [`UserError::NotOnStaff`] when somebody who is not on the
    /// staff would get permissions.
    pub fn check(&self, actor: &Actor, user: &User) -> Result<(), UserError> {
        let standing = self.standing(user);
        let is_own = actor.user == user.id && self.is_about_names();
        let is_looked_after =
            may_look_after(actor, user.profile.role) && standing == user.standing();
        if !(is_own || is_looked_after || actor.role == Role::SuperAdmin) {
            return Err(Forbidden.into());
        }
        match self.permissions {
            Some(given) if standing.role != Role::Staff && !given.is_empty() => {
                Err(UserError::NotOnStaff)
            }
            _ => Ok(()),
        }
    }

    /// What the person is and may do afterwards. Permissions stay with whoever stays on the
    /// staff; whoever comes to it has those of new staff.
    pub fn standing(&self, user: &User) -> Standing {
        let role = self.role.unwrap_or(user.profile.role);
        let permissions = match (role, self.permissions) {
            (Role::User | Role::SuperAdmin, _) => Permissions::NONE,
            (Role::Staff, Some(given)) => given,
            (Role::Staff, None) if user.profile.role == Role::Staff => user.profile.permissions,
            (Role::Staff, None) => Permissions::of_new_staff(),
        };
        Standing { role, permissions }
    }

    /// Changes `user`.
    pub fn apply(self, user: &mut User, at: OffsetDateTime) {
        let standing = self.standing(user);
        user.edit(self.profile, at);
        if let Some(email) = self.email {
            user.change_email(email, at);
        }
        if let Some(is_verified) = self.is_verified {
            user.note_verified(is_verified, at);
        }
        if standing != user.standing() {
            user.appoint(standing, at);
        }
        match self.is_active {
            Some(true) => user.activate(at),
            Some(false) => user.deactivate(at),
            None => {}
        }
    }

    /// Names of the fields that are given, rights and the use of the account aside.
    pub fn fields(&self) -> Vec<&'static str> {
        let given = [
            ("username", self.profile.username != Edit::Keep),
            ("first_name", self.profile.first_name != Edit::Keep),
            ("last_name", self.profile.last_name != Edit::Keep),
            ("locale", self.profile.locale.is_some()),
            ("email", self.email.is_some()),
            ("is_verified", self.is_verified.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    const fn is_about_names(&self) -> bool {
        self.email.is_none()
            && self.role.is_none()
            && self.permissions.is_none()
            && self.is_active.is_none()
            && self.is_verified.is_none()
    }
}

/// Whether `actor` may change and erase the account of somebody else who is `role` to the shop, and
/// end sessions of it.
pub fn may_look_after(actor: &Actor, role: Role) -> bool {
    match role {
        Role::User => actor.may(Permission::UsersWrite),
        Role::Staff | Role::SuperAdmin => actor.role == Role::SuperAdmin,
    }
}

/// Input of [`EditUser`].
#[derive(Clone, Debug)]
pub struct EditUserCommand {
    /// Who changes.
    pub actor: Actor,
    /// Whom.
    pub user: UserId,
    /// What.
    pub edit: UserEdit,
    /// What set it off.
    pub provenance: Provenance,
}

/// Changes an account.
#[async_trait]
pub trait EditUser: Interface {
    /// Other rights, or none any more, end every session of the person. One super admin who can
    /// sign in always stays.
    async fn execute(&self, command: EditUserCommand) -> Result<UserView, UserError>;
}

/// Input of [`ChangeEmail`].
#[derive(Clone, Debug)]
pub struct ChangeEmailCommand {
    /// Whose.
    pub actor: Actor,
    /// Where mail shall go.
    pub email: EmailAddress,
    /// What set it off.
    pub provenance: Provenance,
}

/// Begins to move an account to another address.
#[async_trait]
pub trait ChangeEmail: Interface {
    /// Has a token mailed to the new address. The account moves once that is proven; whether
    /// somebody else has the address is told only then.
    async fn execute(&self, command: ChangeEmailCommand) -> Result<(), UserError>;
}

/// Input of [`EraseUser`].
#[derive(Clone, Debug)]
pub struct EraseUserCommand {
    /// Who erases.
    pub actor: Actor,
    /// Whom: oneself, or somebody the actor looks after.
    pub user: UserId,
    /// What set it off.
    pub provenance: Provenance,
}

/// Forgets a person for good.
#[async_trait]
pub trait EraseUser: Interface {
    /// Orders stay without a name. Every session ends; one super admin always stays.
    async fn execute(&self, command: EraseUserCommand) -> Result<(), UserError>;
}

/// Input of [`ChangePassword`].
#[derive(Clone, Debug)]
pub struct ChangePasswordCommand {
    /// Whose.
    pub actor: Actor,
    /// The one there is, in plain, NFC.
    pub current: Secret,
    /// The one there shall be, in plain, NFC.
    pub new: Secret,
    /// What set it off.
    pub provenance: Provenance,
}

/// Replaces a password by its owner's wish.
#[async_trait]
pub trait ChangePassword: Interface {
    /// Ends every other session of the person.
    async fn execute(&self, command: ChangePasswordCommand) -> Result<(), UserError>;
}

/// Everything kept about a person.
#[derive(Clone, Debug)]
pub struct PersonExport {
    /// The account.
    pub user: UserView,
    /// What was bought, newest first.
    pub orders: Vec<OrderView>,
    /// Attempts to pay, oldest first.
    pub payments: Vec<PaymentView>,
    /// What was written, drafts too, newest first.
    pub posts: Vec<PostView>,
    /// Listings, shown or not, newest first.
    pub listings: Vec<ProductView>,
}

/// Hands out everything kept about a person.
#[async_trait]
pub trait ExportPerson: Interface {
    /// To the person alone; `None` when erased meanwhile.
    async fn execute(
        &self,
        actor: Actor,
        provenance: &Provenance,
    ) -> Result<Option<PersonExport>, StoreError>;
}
