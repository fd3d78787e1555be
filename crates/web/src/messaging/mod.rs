//! Messages over HTTP: what waits, and what nobody could handle.

mod dto;
mod handlers;
pub(crate) mod routes;
