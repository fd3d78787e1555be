//! Posts: which addresses lead to which handlers.

use utoipa::OpenApi;

use super::{dto, handlers, write};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::list,
        write::create,
        handlers::one,
        write::replace,
        write::change,
        write::delete,
    ),
    components(schemas(dto::PostState))
)]
pub(crate) struct Described;

/// Who may change a post is asked of the post: its author, or `content:write`.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/posts", "listPosts", Access::Public, &[400, 401, 403, 422], |r| r.to(handlers::list)).list().conditional(),
    Operation::new("POST", "/api/v1/posts", "createPost", Access::SignedIn, &[409], |r| r.to(write::create)).idempotent(),
    Operation::new("GET", "/api/v1/posts/{id}", "getPost", Access::Public, &[401, 404, 422], |r| r.to(handlers::one)).conditional(),
    Operation::new("PUT", "/api/v1/posts/{id}", "replacePost", Access::SignedIn, &[404, 409], |r| r.to(write::replace)).guarded(),
    Operation::new("PATCH", "/api/v1/posts/{id}", "editPost", Access::SignedIn, &[404, 409], |r| r.to(write::change)).guarded(),
    Operation::new("DELETE", "/api/v1/posts/{id}", "deletePost", Access::SignedIn, &[404, 422], |r| r.to(write::delete)).guarded(),
];
