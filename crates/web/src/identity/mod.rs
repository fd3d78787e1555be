//! Accounts and sessions over HTTP.

pub(crate) mod api_keys;
pub(crate) mod cookies;
pub(crate) mod dto;
pub(crate) mod fields;
pub(crate) mod handlers;
mod jwks;
pub(crate) mod known_device;
pub(crate) mod mailed;
pub(crate) mod routes;
pub(crate) mod sign_in;
mod unblock;
