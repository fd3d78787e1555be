//! What people write, over HTTP.

pub(crate) mod dto;
pub(crate) mod handlers;
pub(crate) mod requests;
pub(crate) mod routes;
pub(crate) mod write;
