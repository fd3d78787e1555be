//! Stock: what is there, and counting it.

mod dto;
mod handlers;
pub(crate) mod routes;
