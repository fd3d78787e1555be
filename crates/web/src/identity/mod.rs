//! Accounts and sessions over HTTP.

pub(crate) mod dto;
pub(crate) mod handlers;
mod sign_in;
