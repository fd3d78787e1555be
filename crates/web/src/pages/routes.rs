//! The pages of the shop: which addresses lead to which handlers.

use domain::identity::Permission;

use super::{
    account, admin_sessions, forgotten, home, log_in, log_out, product, register, reset, verify,
};
use crate::routes::{Access, Operation};

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::screen("GET", "/", "showHome", Access::Public, |r| r.to(home::show)),
    Operation::screen("GET", "/products/{slug}", "showProduct", Access::Public, |r| r.to(product::show)),
    Operation::screen("POST", "/products/{slug}", "buyProduct", Access::SignedIn, |r| r.to(product::buy)).ordering(),
    Operation::screen("GET", "/login", "showLogIn", Access::Public, |r| r.to(log_in::show)),
    Operation::screen("POST", "/login", "useLogIn", Access::Public, |r| r.to(log_in::submit)),
    Operation::screen("GET", "/register", "showRegister", Access::Public, |r| r.to(register::show)),
    Operation::screen("POST", "/register", "useRegister", Access::Public, |r| r.to(register::submit)),
    Operation::screen("GET", "/verify", "showVerify", Access::Public, |r| r.to(verify::show)),
    Operation::screen("POST", "/verify", "useVerify", Access::Public, |r| r.to(verify::submit)),
    Operation::screen("GET", "/forgot-password", "showForgotPassword", Access::Public, |r| r.to(forgotten::show)),
    Operation::screen("POST", "/forgot-password", "useForgotPassword", Access::Public, |r| r.to(forgotten::submit)),
    Operation::screen("GET", "/reset-password", "showResetPassword", Access::Public, |r| r.to(reset::show)),
    Operation::screen("POST", "/reset-password", "useResetPassword", Access::Public, |r| r.to(reset::submit)),
    Operation::screen("POST", "/logout", "useLogOut", Access::Public, |r| r.to(log_out::submit)),
    Operation::screen("GET", "/account", "showAccount", Access::SignedIn, |r| r.to(account::show)),
    Operation::screen("POST", "/account", "useAccount", Access::SignedIn, |r| r.to(account::submit)),
    Operation::screen("GET", "/admin/sessions", "showAdminSessions", Access::May(Permission::UsersRead), |r| r.to(admin_sessions::show)),
    Operation::screen("POST", "/admin/sessions", "useAdminSessions", Access::May(Permission::UsersWrite), |r| r.to(admin_sessions::submit)),
];
