//! What the shop shows, over HTTP.

mod cursor;
pub(crate) mod dto;
pub(crate) mod handlers;
pub(crate) mod routes;
mod wanted;
