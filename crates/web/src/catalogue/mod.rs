//! What the shop shows, over HTTP.

mod cursor;
pub(crate) mod dto;
pub(crate) mod handlers;
mod kept;
pub(crate) mod routes;
mod shelf;
mod wanted;

pub(crate) use shelf::Shelf;
