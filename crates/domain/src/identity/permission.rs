use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;
use crate::text_enum;

text_enum!(
    /// One thing people who work for the shop may be allowed to do.
    Permission {
        /// Write categories, products and stock; edit other people's listings.
        CatalogueWrite = "catalogue:write",
        /// See and write other people's posts.
        ContentWrite = "content:write",
        /// See other people's orders.
        OrdersRead = "orders:read",
        /// Edit, ship, deliver, complete and cancel other people's orders; write promo codes.
        OrdersWrite = "orders:write",
        /// Capture, void and refund payments.
        PaymentsWrite = "payments:write",
        /// See other people's accounts.
        UsersRead = "users:read",
        /// Write other people's accounts, except for roles and permissions.
        UsersWrite = "users:write",
        /// Read the audit log.
        AuditRead = "audit:read",
        /// See and replay messages, see and run tasks and jobs.
        SystemManage = "system:manage",
    }
);

/// A set of [`Permission`]s. As text: their names in declaration order, separated by spaces, as
/// OAuth scopes are (RFC 6749, section 3.3).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Permission>", into = "Vec<Permission>")]
pub struct Permissions(u32);

impl Permissions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything there is.
    pub const ALL: Self = {
        let count = Permission::ALL.len();
        Self(if count == 32 { u32::MAX } else { (1 << count) - 1 })
    };

    /// What somebody new on the staff may do when nobody says otherwise: everything except for
    /// other people's accounts, the audit log and the running of the system.
    pub fn of_new_staff() -> Self {
        [
            Permission::CatalogueWrite,
            Permission::ContentWrite,
            Permission::OrdersRead,
            Permission::OrdersWrite,
            Permission::PaymentsWrite,
            Permission::UsersRead,
        ]
        .into_iter()
        .collect()
    }

    /// What somebody new may do when nobody says otherwise. A super admin needs none: every
    /// permission comes with the role.
    pub fn of_new(role: Role) -> Self {
        match role {
            Role::User | Role::SuperAdmin => Self::NONE,
            Role::Staff => Self::of_new_staff(),
        }
    }

    /// Whether `permission` is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Whether every permission of `other` is in the set.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in the set, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// Reads the text form; `None` when a name is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().map(Permission::parse).collect()
    }
}

#[expect(clippy::as_conversions, reason = "the place of a value in its enum has no other name")]
const fn bit(permission: Permission) -> u32 {
    1 << permission as u32
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, permission) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(permission.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permissions({self})")
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, permission| set | bit(permission)))
    }
}

impl From<Vec<Permission>> for Permissions {
    fn from(all: Vec<Permission>) -> Self {
        all.into_iter().collect()
    }
}

impl From<Permissions> for Vec<Permission> {
    fn from(set: Permissions) -> Self {
        set.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Permissions};

    #[test]
    fn a_set_survives_its_text() {
        for set in [Permissions::NONE, Permissions::ALL, Permissions::of_new_staff()] {
            assert_eq!(Permissions::parse(&set.to_string()), Some(set));
        }
        assert_eq!(Permissions::parse("catalogue:write no:such"), None);
        assert_eq!(Permissions::parse("  "), Some(Permissions::NONE));
    }

    #[test]
    fn sets_cover_what_they_contain() {
        let writer: Permissions = [Permission::CatalogueWrite].into_iter().collect();
        assert!(writer.contains(Permission::CatalogueWrite));
        assert!(!writer.contains(Permission::UsersWrite));
        assert!(Permissions::ALL.covers(writer) && !writer.covers(Permissions::ALL));
        assert_eq!(writer.and(Permissions::ALL), writer);
        assert!(Permission::ALL.iter().all(|one| Permissions::ALL.contains(*one)));
    }
}
