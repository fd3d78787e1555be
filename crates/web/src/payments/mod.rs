//! Payments over HTTP, and the mock provider's checkout page.

pub(crate) mod dto;
pub(crate) mod handlers;
pub(crate) mod mock_page;
pub(crate) mod routes;
