//! What the shop shows, over HTTP.

pub(crate) mod dto;
pub(crate) mod handlers;
