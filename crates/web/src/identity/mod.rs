//! Accounts and sessions over HTTP.

pub(crate) mod dto;
pub(crate) mod handlers;
pub(crate) mod routes;
mod sign_in;
