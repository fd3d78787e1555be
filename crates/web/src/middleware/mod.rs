//! What happens around every request, from the outside in: identity of the request, span,
//! boundary (problems, packing, headers, completion line), and the guard in front of each handler.

mod boundary;
mod guard;
mod headers;
mod packed;
mod request_id;
mod span;
mod trace;

pub(crate) use boundary::boundary;
pub(crate) use guard::{guarded, require_recent_password};
pub(crate) use request_id::{RequestContext, identify};
pub(crate) use span::RequestSpan;
