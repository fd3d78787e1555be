//! What is not business: health, documentation, and the developer's mailbox.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod mailbox;
pub(crate) mod metrics;
pub(crate) mod routes;
