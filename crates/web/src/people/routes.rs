//! People: which addresses lead to which handlers.

use domain::identity::Permission::{UsersRead, UsersWrite};
use utoipa::OpenApi;

use super::{export, look, write};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(paths(
    look::list,
    look::by_username,
    look::by_email,
    look::batch,
    look::one,
    export::mine,
    write::edit_me,
    write::erase_me,
    write::change_password,
    write::create,
    write::replace,
    write::edit,
    write::erase,
))]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("PATCH", "/api/v1/users/me", "updateMe", Access::SignedIn, &[403, 409, 429], |r| r.to(write::edit_me)),
    Operation::new("DELETE", "/api/v1/users/me", "deleteMe", Access::SignedIn, &[409], |r| r.to(write::erase_me)),
    Operation::new("POST", "/api/v1/users/me/change-password", "changePassword", Access::SignedIn, &[429], |r| r.to(write::change_password)),
    Operation::new("GET", "/api/v1/users/me/export", "exportMe", Access::SignedIn, &[], |r| r.to(export::mine)),
    Operation::new("GET", "/api/v1/users", "listUsers", Access::May(UsersRead), &[400, 422], |r| r.to(look::list)).list(),
    Operation::new("POST", "/api/v1/users", "createUser", Access::May(UsersWrite), &[409], |r| r.to(write::create)),
    Operation::new("POST", "/api/v1/users/batch", "listUsersById", Access::May(UsersRead), &[], |r| r.to(look::batch)).reading(),
    Operation::new("GET", "/api/v1/users/by-username/{name}", "getUserByUsername", Access::May(UsersRead), &[400, 404, 422], |r| r.to(look::by_username)),
    Operation::new("GET", "/api/v1/users/by-email/{email}", "getUserByEmail", Access::May(UsersRead), &[400, 404, 422], |r| r.to(look::by_email)),
    Operation::new("GET", "/api/v1/users/{id}", "getUser", Access::SignedIn, &[400, 403, 404, 422], |r| r.to(look::one)),
    Operation::new("PUT", "/api/v1/users/{id}", "replaceUser", Access::May(UsersWrite), &[404, 409], |r| r.to(write::replace)),
    Operation::new("PATCH", "/api/v1/users/{id}", "updateUser", Access::May(UsersWrite), &[404, 409], |r| r.to(write::edit)),
    Operation::new("DELETE", "/api/v1/users/{id}", "deleteUser", Access::May(UsersWrite), &[404, 409, 422], |r| r.to(write::erase)),
];
