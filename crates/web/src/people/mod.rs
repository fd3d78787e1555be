//! People over HTTP: one's own account, and the accounts staff look after.

pub(crate) mod details;
pub(crate) mod dto;
pub(crate) mod export;
pub(crate) mod look;
pub(crate) mod routes;
pub(crate) mod write;
