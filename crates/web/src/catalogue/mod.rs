//! What the shop shows, over HTTP.

pub(crate) mod categories;
mod cursor;
pub(crate) mod dto;
pub(crate) mod handlers;
pub(crate) mod item;
pub(crate) mod items;
mod kept;
pub(crate) mod requests;
pub(crate) mod routes;
mod shelf;
mod wanted;

pub(crate) use shelf::Shelf;
pub(crate) mod write_categories;
pub(crate) mod write_items;
pub(crate) mod write_products;
