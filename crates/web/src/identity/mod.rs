//! Accounts and sessions over HTTP.

pub(crate) mod api_keys;
pub(crate) mod cookies;
pub(crate) mod dto;
pub(crate) mod fields;
pub(crate) mod handlers;
mod known_device;
pub(crate) mod routes;
mod sign_in;
mod unblock;
