//! The audit log over HTTP.

mod dto;
mod handlers;
pub(crate) mod routes;
