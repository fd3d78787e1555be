//! Orders over HTTP.

pub(crate) mod dto;
pub(crate) mod fulfilment;
pub(crate) mod handlers;
pub(crate) mod routes;
